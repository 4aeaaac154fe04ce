import type { Bound } from '../binding/bound.ts'
import { forEachVm, performOn } from '../for-each-vm.ts'
import type { Session } from '../session.ts'

export async function run(session: Session, bound: Bound): Promise<void> {
  const client = await session.client()
  await forEachVm(
    session,
    bound,
    async (vm) => {
      if (vm.state !== 'off') await session.perform(client.stopVm(vm.id, { force: true }))
      return await performOn(session, client.startVm(vm.id))
    },
    ({ name }) =>
      `Restarting VM "${name}" turns it off: what its guest has not written to its disks is lost.`,
  )
}
