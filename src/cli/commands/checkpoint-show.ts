import type { CheckpointView } from '../../contract/checkpoint.ts'
import { MIB } from '../../core/units.ts'
import { applicationWords, consistencyWords } from '../checkpoint-text.ts'
import type { Context } from '../context.ts'
import { bytes, localTime, milliseconds, nothing, plain } from '../format.ts'
import { labelled } from '../table.ts'

export async function run(context: Context, vm: string, checkpointKey: string): Promise<void> {
  const client = await context.client()
  const checkpoint = await client.showCheckpoint(vm, checkpointKey)
  context.document(checkpoint)
  if (context.isJson) return
  const { record } = checkpoint
  context.say(
    labelled([
      ['Name', checkpoint.name],
      ['Id', checkpoint.id],
      ['Notes', checkpoint.notes === '' ? nothing : plain(checkpoint.notes).split('\n')],
      ['Created', localTime(checkpoint.createdAt)],
      ['Expires', checkpoint.expiresAt === null ? nothing : localTime(checkpoint.expiresAt)],
      ['Parent', await parentOf(checkpoint)],
      ['Now', checkpoint.isNowParent ? 'hangs under it' : nothing],
      ...originLines(checkpoint),
      ['Kind', `${checkpoint.kind} (policy ${record.policy})`],
      ['Reached', consistencyWords(checkpoint)],
      ['Applications', record.applications.length === 0 ? nothing : applicationWords(checkpoint)],
      ['Fallback', orNothing(record.fallbackReason)],
      ['Risks', riskLines(checkpoint)],
      ['Memory', memoryWords(checkpoint)],
      ['Guest paused', milliseconds(record.pauseMs)],
      ['Guest frozen', frozen(checkpoint)],
      ['Disk switch', milliseconds(record.switchMs)],
      [
        'Hardware',
        `${bytes(checkpoint.memoryMiB * MIB)} memory, ${checkpoint.cpus} ${checkpoint.cpus === 1 ? 'CPU' : 'CPUs'}`,
      ],
      ['On disk', `${bytes(checkpoint.diskBytes)} of disks`],
      ['Guest agent', orNothing(record.agentVersion)],
      ['QEMU', orNothing(record.qemuVersion)],
    ]),
  )

  async function parentOf({ vmId, parentId }: CheckpointView): Promise<string> {
    if (parentId === null) return nothing
    return (await client.showCheckpoint(vmId, parentId)).name
  }
}

/** Of a checkpoint that nobody asked for by itself. */
function originLines({ automatic, group }: CheckpointView): [label: string, value: string][] {
  return [
    ...(automatic
      ? [['Automatic', 'taken at a start; goes with the next clean stop'] as [string, string]]
      : []),
    ...(group ? [['Group', `${group.groupName}, at the instant ${group.setId}`] as [string, string]] : []),
  ]
}

function riskLines({ record }: CheckpointView): string | string[] {
  if (record.guards.length === 0) return nothing
  return record.guards.map(({ guard, evidence, confirmed }) =>
    plain(`${guard}: ${evidence} (${confirmed ? 'confirmed' : 'warned'})`),
  )
}

function memoryWords({ memoryBytes, record }: CheckpointView): string {
  if (memoryBytes === null) return nothing
  const how = record.captureReason === null ? '' : `, saved with the guest stopped: ${record.captureReason}`
  return plain(`${bytes(memoryBytes)} on disk${how}`)
}

function frozen({ record }: CheckpointView): string {
  if (record.frozenMs === null) return nothing
  return `${milliseconds(record.frozenMs)}, ${record.frozenFileSystems ?? 0} file ${record.frozenFileSystems === 1 ? 'system' : 'systems'}`
}

function orNothing(text: string | null): string {
  return text === null ? nothing : plain(text)
}
