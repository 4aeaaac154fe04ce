import type { Bound } from '../binding/bound.ts'
import { forEachVm, performOn } from '../for-each-vm.ts'
import type { Session } from '../session.ts'

export async function run(session: Session, bound: Bound): Promise<void> {
  const client = await session.client()
  await forEachVm(session, bound, async (vm) => {
    if (vm.state === 'running') {
      session.warn(`VM "${vm.name}" runs already.`)
      return vm
    }
    // As in Hyper-V, where both are a start.
    return await performOn(session, vm.state === 'paused' ? client.resumeVm(vm.id) : client.startVm(vm.id))
  })
}
