import type { Bound } from '../binding/bound.ts'
import { forEachVm } from '../for-each-vm.ts'
import type { Session } from '../session.ts'

export async function run(session: Session, bound: Bound): Promise<void> {
  const client = await session.client()
  await forEachVm(
    session,
    bound,
    async (vm) => ((await session.perform(client.removeVm(vm.id, { confirm: true }))) ? vm : null),
    ({ name, checkpointCount: count }) =>
      `Removing VM "${name}" deletes its disks and ${count} checkpoint${count === 1 ? '' : 's'}; images that it uses in place stay.`,
  )
}
