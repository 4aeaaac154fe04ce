import type { Bound } from '../binding/bound.ts'
import { forEachVm, performOn } from '../for-each-vm.ts'
import type { Session } from '../session.ts'

export async function run(session: Session, bound: Bound): Promise<void> {
  const client = await session.client()
  await forEachVm(session, bound, ({ id }) => performOn(session, client.pauseVm(id)))
}
