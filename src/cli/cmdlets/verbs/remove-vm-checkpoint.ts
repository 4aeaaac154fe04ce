import { countBelow } from '../../checkpoint-tree.ts'
import type { Bound } from '../binding/bound.ts'
import { vmObject } from '../output/vm-object.ts'
import type { Session } from '../session.ts'
import { type CheckpointTarget, checkpointTargets, type VmTarget, viewOf } from '../targets.ts'

export async function run(session: Session, bound: Bound): Promise<void> {
  const client = await session.client()
  const subtree = bound.flag('IncludeAllChildCheckpoints')
  const changed = new Map<string, VmTarget>()
  const found = await checkpointTargets(session, bound)
  const targets = subtree ? withoutDescendants(found) : found
  await session.each(targets, async ({ vm, checkpoint, all }) => {
    const below = subtree ? countBelow(all, checkpoint.id) : 0
    const others = below === 0 ? '' : ` and the ${below === 1 ? 'one' : below} below it`
    const loss = `Deleting "${checkpoint.name}"${others}: VM "${vm.name}" cannot be put back there any more. Its current state stays.`
    if (!(await session.shall(`${vm.name}: ${checkpoint.name}`, loss))) return
    changed.set(vm.id, vm)
    await session.perform(client.deleteCheckpoint(vm.id, checkpoint.id, { subtree }))
  })
  if (!bound.flag('Passthru') || bound.flag('AsJob')) return
  await session.each([...changed.values()], async (vm) => {
    const object = vmObject(await viewOf(session, vm), session.context.system.now())
    session.print({ kind: 'vm', object })
  })
}

/** What stands under another one of them goes with it. */
function withoutDescendants(targets: readonly CheckpointTarget[]): CheckpointTarget[] {
  const ids = new Set(targets.map(({ checkpoint }) => checkpoint.id))
  return targets.filter(({ checkpoint, all }) => {
    const parents = new Map(all.map(({ id, parentId }) => [id, parentId]))
    for (let id = checkpoint.parentId; id !== null; id = parents.get(id) ?? null) {
      if (ids.has(id)) return false
    }
    return true
  })
}
