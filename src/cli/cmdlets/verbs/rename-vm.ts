import type { Bound } from '../binding/bound.ts'
import { forEachVm } from '../for-each-vm.ts'
import type { Session } from '../session.ts'

/** A second VM of the list cannot get the name that the first one has: the daemon says so. */
export async function run(session: Session, bound: Bound): Promise<void> {
  const client = await session.client()
  const name = bound.text('NewName') ?? ''
  await forEachVm(session, bound, ({ id }) => client.updateVm(id, { name }))
}
