import type { CheckpointView } from '../../../contract/checkpoint.ts'
import { isStillpointError } from '../../../core/error.ts'
import { hasWildcards, nameMatcher } from '../../../vm/wildcard.ts'
import type { Bound } from '../binding/bound.ts'
import { checkpointObject } from '../output/checkpoint-object.ts'
import type { Session } from '../session.ts'
import { checkpointOf, checkpointsNamed, type VmTarget, vmTargets } from '../targets.ts'

export async function run(session: Session, bound: Bound): Promise<void> {
  const name = bound.text('Name')
  const type = bound.text('SnapshotType')

  function print(vm: VmTarget, found: readonly CheckpointView[], all: readonly CheckpointView[]): void {
    const matches = name === undefined ? () => true : nameMatcher(name)
    const inOrder = found.toSorted((a, b) => a.createdAt.localeCompare(b.createdAt))
    for (const checkpoint of inOrder) {
      const object = checkpointObject(checkpoint, vm.name, all)
      const isNamed = checkpoint.id === name || checkpoint.name === name || matches(checkpoint.name)
      if (isNamed && (type === undefined || object.SnapshotType === type)) {
        session.print({ kind: 'checkpoint', object })
      }
    }
  }

  for (const which of ['Id', 'ParentOf', 'ChildOf']) {
    const [input] = bound.inputs(which)
    if (!input) continue
    const { vm, checkpoint, all } = await checkpointOf(session, input)
    const found = all.filter(({ id, parentId }) => {
      if (which === 'Id') return id === checkpoint.id
      return which === 'ParentOf' ? id === checkpoint.parentId : parentId === checkpoint.id
    })
    return print(vm, found, all)
  }

  const client = await session.client()
  const targets = await vmTargets(session, bound, 'VMName')
  await session.each(targets, async (vm) => {
    // One that is named and is not there is an error; of several VMs, those that have it are meant.
    if (name !== undefined && !hasWildcards(name) && targets.length === 1) {
      await checkpointsNamed(session, vm, name).catch((error: unknown) => {
        if (!isStillpointError(error, 'name_ambiguous')) throw error
      })
    }
    const all = await client.listCheckpoints(vm.id)
    print(vm, all, all)
  })
}
