import type { VmSettings } from '../../contract/vm-settings.ts'
import type { Context } from '../context.ts'
import { bytes, nothing } from '../format.ts'
import { table } from '../table.ts'
import { type SelectionOptions, selectionOf } from '../vm-selection.ts'
import { undoText } from '../vm-settings.ts'

const head = ['NAME', 'POLICY', 'FALLBACK', 'AUTOMATIC', 'UNDO', 'LIMITS', 'LOCATION']

export async function run(
  context: Context,
  vms: readonly string[],
  options: SelectionOptions,
): Promise<void> {
  const client = await context.client()
  const isEverything = vms.length === 0 && !options.tag
  const select = isEverything ? { all: true } : await selectionOf(context, vms, options)
  const found = await client.showSettings(select)
  context.document(found)
  if (found.length === 0) {
    context.say('There are no VMs yet; `stillpoint vm create NAME` makes one.')
    return
  }
  context.say(table(head, found.map(row), context.system.stdout))
}

function row({ name, settings }: VmSettings): string[] {
  const { maxCheckpoints, maxCheckpointBytes, maxCheckpointAgeDays } = settings
  const limits = [
    ...(maxCheckpoints === null ? [] : [String(maxCheckpoints)]),
    ...(maxCheckpointBytes === null ? [] : [bytes(maxCheckpointBytes)]),
    ...(maxCheckpointAgeDays === null ? [] : [`${maxCheckpointAgeDays} d`]),
  ]
  return [
    name,
    settings.checkpointPolicy,
    settings.checkpointPolicy === 'Production' ? 'standard' : nothing,
    settings.automaticCheckpoints ? 'on' : 'off',
    undoText(settings.undoHours),
    limits.join(', ') || nothing,
    settings.checkpointLocation ?? nothing,
  ]
}
