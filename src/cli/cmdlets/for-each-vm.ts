import type { TaskView } from '../../contract/task.ts'
import { type VmView, vmViewSchema } from '../../contract/vm.ts'
import { resultOf } from '../follow.ts'
import type { Bound } from './binding/bound.ts'
import { vmObject } from './output/vm-object.ts'
import type { Session } from './session.ts'
import { viewOf, vmTargets } from './targets.ts'

/**
 * Asks about each VM that was named, and calls `work` where the answer is yes. With -Passthru prints the VM that it
 * returns; null stands for none. `loss` says what cannot be taken back.
 */
export async function forEachVm(
  session: Session,
  bound: Bound,
  work: (vm: VmView) => Promise<VmView | null>,
  loss: (vm: VmView) => string = () => '',
): Promise<void> {
  await session.each(await vmTargets(session, bound), async (target) => {
    const vm = await viewOf(session, target)
    if (!(await session.shall(vm.name, loss(vm)))) return
    const now = await work(vm)
    if (now && bound.flag('Passthru')) {
      session.print({ kind: 'vm', object: vmObject(now, session.context.system.now()) })
    }
  })
}

/** Brings the VM into another state, and returns it as it is then; null when a job does it. */
export async function performOn(session: Session, started: Promise<TaskView>): Promise<VmView | null> {
  const ended = await session.perform(started)
  // In the result of the task the task is still at work.
  return ended && (await viewOf(session, resultOf(vmViewSchema, ended)))
}
