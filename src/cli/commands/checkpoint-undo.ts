import type { DiscardedView } from '../../contract/discarded.ts'
import type { VmView } from '../../contract/vm.ts'
import { StillpointError } from '../../core/error.ts'
import { reportApplied } from '../apply.ts'
import { confirm } from '../confirm.ts'
import type { Context } from '../context.ts'
import { follow } from '../follow.ts'
import { age, bytes, localTime } from '../format.ts'
import { confirmingRisks, reportRisksOfApply } from '../risks.ts'
import { table } from '../table.ts'

interface Options {
  readonly list?: boolean
  readonly yes?: boolean
  readonly acceptRisk?: boolean
}

const head = ['STATE', 'DISCARDED', 'BY', 'BRINGS BACK', 'DISK', 'MEMORY', 'UNTIL']

export async function run(
  context: Context,
  vmKey: string,
  stateId: string | undefined,
  { list = false, yes = false, acceptRisk = false }: Options,
): Promise<void> {
  const client = await context.client()
  const vm = await client.showVm(vmKey)
  const states = await client.listDiscarded(vm.id)
  if (list) {
    print(context, vm, states)
    return
  }
  const id = stateId ?? vm.undo?.stateId
  const state = states.find((each) => each.id === id)
  // The daemon knows best why there is nothing.
  if (state && !yes) await confirm(context, lossOf(vm, state), 'Undo?')
  if (!state && stateId !== undefined)
    throw new StillpointError('nothing_to_undo', `VM "${vm.name}" keeps no discarded state "${stateId}".`)
  const request = { stateId: state?.id ?? null, confirm: true }
  const task = await confirmingRisks(context, acceptRisk, async (confirmGuards) =>
    follow(context, client, await client.undoApply(vm.id, { ...request, confirmGuards })),
  )
  reportApplied(context, vm, task, 'Brought back')
  await reportRisksOfApply(context, client, vm.id)
}

function lossOf(vm: VmView, state: DiscardedView): string {
  const what =
    state.consistency === 'exact-memory' ? 'resumes that instant' : 'is off then, and boots from its disks'
  return `VM "${vm.name}" goes back to ${localTime(state.discardedAt)} ("${state.name}") and ${what}. Its current state is kept in turn.`
}

function print(context: Context, vm: VmView, states: readonly DiscardedView[]): void {
  context.document(states)
  if (context.isJson) return
  if (states.length === 0) {
    context.say(`Nothing that was discarded of VM "${vm.name}" is kept.`)
    return
  }
  const now = context.system.now()
  const rows = states.map((state) => [
    state.id,
    `${age(state.discardedAt, now)} ago`,
    state.cause === 'undo' ? 'an undo' : `applying "${state.applied}"`,
    state.consistency === 'exact-memory' ? 'the exact instant' : `its disks (${state.consistency})`,
    bytes(state.diskBytes),
    bytes(state.memoryBytes),
    localTime(state.expiresAt),
  ])
  context.say(table(head, rows, context.system.stdout))
}
