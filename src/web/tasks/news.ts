import type { ApplyResult, CheckpointView } from '../../contract/checkpoint.ts'
import type { GroupApplyResult, GroupCheckpointResult, GroupCheckpointView } from '../../contract/group.ts'
import type { TaskView } from '../../contract/task.ts'
import type { ImportResult } from '../../contract/transfer.ts'

/** Something about a task that succeeded which nobody may miss. */
export interface News {
  readonly level: 'info' | 'warning'
  readonly vmId: string | null
  readonly message: string
  /** What the daemon's notice of the same has in it; null: it gives none. */
  readonly marks: readonly string[] | null
  /** What was discarded, and can be brought back. */
  readonly undo?: NonNullable<ApplyResult['undo']>
}

/** What there is to tell of a task that succeeded. The result is what the API's document says of its kind. */
export function newsOf(task: TaskView): News[] {
  if (task.state !== 'succeeded' || task.result === null) return []
  switch (task.kind) {
    case 'checkpoint.create':
      return checkpointNews(task.result as CheckpointView, task.vmName) // of its kind
    case 'checkpoint.apply':
    case 'checkpoint.undo':
      return applyNews(task, task.result as ApplyResult) // of its kind
    case 'group.checkpoint':
      return groupNews((task.result as GroupCheckpointResult).checkpoint) // of its kind
    case 'group.apply':
      return groupNews((task.result as GroupApplyResult).created) // of its kind
    case 'vm.import':
      return importNews(task.result as ImportResult) // of its kind
    default:
      return []
  }
}

function applyNews({ kind, vmId, vmName }: TaskView, { created, checkpoint, undo }: ApplyResult): News[] {
  const what =
    kind === 'checkpoint.undo'
      ? `"${checkpoint.name}" was brought back.`
      : `VM "${vmName}" was put back to "${checkpoint.name}".`
  return [
    ...(created ? checkpointNews(created, vmName) : []),
    ...(undo ? [{ level: 'info' as const, vmId, message: what, marks: null, undo }] : []),
  ]
}

function groupNews(set: GroupCheckpointView | null): News[] {
  return (set?.checkpoints ?? []).flatMap(({ vmName, checkpoint }) => checkpointNews(checkpoint, vmName))
}

/** In the daemon's own words where it gives the same notice. */
function checkpointNews({ vmId, name, kind, record }: CheckpointView, vmName: string | null): News[] {
  const checkpoint = `Checkpoint "${name}" of VM "${vmName}"`
  const warning = (message: string, ...marks: string[]): News => ({
    level: 'warning',
    vmId,
    message: `${checkpoint} ${message}`,
    marks: [`"${name}"`, ...marks],
  })
  const news: News[] = []
  const { fallbackReason, captureReason, consistency, pauseMs, applications, guards } = record
  if (fallbackReason !== null) news.push(warning(`is a ${kind} one: ${fallbackReason}`, fallbackReason))
  if (captureReason !== null)
    news.push(warning(`stopped the guest for ${pauseMs} ms: ${captureReason}`, captureReason))
  if (consistency === 'crash')
    news.push(warning('is crash-consistent: the VM had not been shut down cleanly.', 'crash-consistent'))
  for (const { name: application, outcome, detail } of applications) {
    if (outcome === 'failed')
      news.push(warning(`is not application consistent. ${application}: ${detail}`, detail))
  }
  for (const { guard, evidence, confirmed } of guards) {
    const risk = `going back in time is a risk for its guest, a ${guard.replaceAll('-', ' ')} (${evidence})`
    const taken = confirmed ? ' The risk was confirmed.' : ''
    news.push(warning(`was created though ${risk}.${taken}`, evidence))
  }
  return news
}

function importNews({ vm, warnings }: ImportResult): News[] {
  return warnings.map((message) => ({ level: 'warning', vmId: vm.id, message, marks: [message] }))
}
