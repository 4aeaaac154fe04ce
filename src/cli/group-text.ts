import type { GroupCheckpointView, GroupView } from '../contract/group.ts'
import { consistencyWords, timings, warn } from './checkpoint-text.ts'
import type { Context } from './context.ts'
import { age, nothing } from './format.ts'
import { table } from './table.ts'

export const vmNames = (vms: readonly { readonly vmName: string }[]): string =>
  vms.length === 0 ? nothing : vms.map(({ vmName }) => vmName).join(', ')

/** After a change of a group: what it is now. */
export function reportGroup(context: Context, group: GroupView): void {
  context.document(group)
  context.say(`Group "${group.name}" (${group.id}) has the VMs: ${vmNames(group.members)}.`)
}

/** One line for each VM: kind, what was reached and how long its guest stood still. */
export function reportSet(context: Context, set: GroupCheckpointView, what: string): void {
  context.say(`${what} the checkpoint "${set.name}" (${set.setId}) of group "${set.groupName}".`)
  for (const { vmName, checkpoint } of set.checkpoints) {
    const times = timings(checkpoint)
    context.say(`  ${vmName}: ${checkpoint.kind}, ${consistencyWords(checkpoint)}${times && `, ${times}`}`)
  }
  for (const { vmName, checkpoint } of set.checkpoints) {
    const { fallbackReason, captureReason, policy, consistency } = checkpoint.record
    if (fallbackReason !== null)
      warn(context, `${vmName}: not the kind that the policy ${policy} prefers: ${fallbackReason}`)
    for (const { guard, evidence } of checkpoint.record.guards)
      warn(context, `${vmName}: ${guard} (${evidence}): \`stillpoint vm guards\` explains the risk`)
    if (captureReason !== null)
      warn(context, `${vmName}: its guest stood still while its memory was saved: ${captureReason}`)
    if (consistency === 'crash')
      warn(context, `${vmName}: applying it is like starting after a power failure`)
  }
}

export function setTable(context: Context, sets: readonly GroupCheckpointView[]): string {
  const now = context.system.now()
  const rows = sets.map((set) => [
    set.name,
    [...new Set(set.checkpoints.map(({ checkpoint }) => checkpoint.kind))].join(', '),
    age(set.createdAt, now),
    vmNames(set.checkpoints),
    set.missing.length === 0 ? 'complete' : context.paint('yellow', `without ${vmNames(set.missing)}`),
    set.setId,
  ])
  return table(['NAME', 'KIND', 'AGE', 'VMS', 'STATE', 'ID'], rows, context.system.stdout)
}
