import type { Bound } from '../binding/bound.ts'
import { checkpointObject } from '../output/checkpoint-object.ts'
import type { Session } from '../session.ts'
import { checkpointTarget } from '../targets.ts'

export async function run(session: Session, bound: Bound): Promise<void> {
  const client = await session.client()
  const { vm, checkpoint, all } = await checkpointTarget(session, bound)
  if (!(await session.shall(`${vm.name}: ${checkpoint.name}`))) return
  const name = bound.text('NewName') ?? ''
  const renamed = await client.updateCheckpoint(vm.id, checkpoint.id, { name })
  if (bound.flag('Passthru')) {
    session.print({ kind: 'checkpoint', object: checkpointObject(renamed, vm.name, all) })
  }
}
