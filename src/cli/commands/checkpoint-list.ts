import type { CheckpointView } from '../../contract/checkpoint.ts'
import { timings } from '../checkpoint-text.ts'
import { treeLines } from '../checkpoint-tree.ts'
import type { Context } from '../context.ts'
import { age, bytes, milliseconds } from '../format.ts'
import { table } from '../table.ts'

interface Options {
  readonly tree?: boolean
}

const head = ['NAME', 'KIND', 'CONSISTENCY', 'AGE', 'DISK', 'MEMORY', 'PAUSE', 'ID']

export async function run(context: Context, vm: string, { tree = false }: Options): Promise<void> {
  const checkpoints = await (await context.client()).listCheckpoints(vm)
  context.document(checkpoints)
  if (context.isJson) return
  if (checkpoints.length === 0) context.say(`VM "${vm}" has no checkpoints.`)
  else context.say(tree ? drawTree(context, checkpoints) : drawTable(context, checkpoints))
}

function drawTable(context: Context, checkpoints: readonly CheckpointView[]): string {
  const now = context.system.now()
  const rows = checkpoints.map((checkpoint) => [
    checkpoint.isNowParent ? `${checkpoint.name} ${context.paint('cyan', '← Now')}` : checkpoint.name,
    checkpoint.kind,
    checkpoint.record.consistency,
    age(checkpoint.createdAt, now),
    bytes(checkpoint.diskBytes),
    bytes(checkpoint.memoryBytes),
    milliseconds(checkpoint.record.pauseMs),
    checkpoint.id,
  ])
  return table(head, rows, context.system.stdout)
}

/** Details stand beside the names where every line fits the terminal, else below them. */
function drawTree(context: Context, checkpoints: readonly CheckpointView[]): string {
  const { paint, system } = context
  const width = system.stdout.isTTY ? system.stdout.columns : Number.POSITIVE_INFINITY
  const now = system.now()
  const lines = treeLines(checkpoints).map((line) => ({
    ...line,
    name: line.checkpoint?.name ?? 'Now',
    details: line.checkpoint ? detailsOf(line.checkpoint, now) : '',
  }))
  const fits = lines.every(({ branch, name, details }) => `${branch}${name}  ${details}`.length <= width)
  return lines
    .map(({ branch, below, checkpoint, name, details }) => {
      if (!checkpoint) return `${branch}${paint(['bold', 'cyan'], name)}`
      const separator = fits ? '  ' : `\n${below}`
      return `${branch}${paint('bold', name)}${separator}${paint('dim', details)}`
    })
    .join('\n')
}

function detailsOf(checkpoint: CheckpointView, now: Date): string {
  const { kind, record, diskBytes, memoryBytes } = checkpoint
  const sizes = [diskBytes, memoryBytes].filter((size) => size !== null).map(bytes)
  return [
    `[${kind}, ${record.consistency}]`,
    age(checkpoint.createdAt, now),
    sizes.join(' + '),
    timings(checkpoint),
  ]
    .filter((part) => part !== '')
    .join('  ')
}
