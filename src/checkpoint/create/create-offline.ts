import { syncPath } from '../../core/durable-file.ts'
import { type Checkpoint, withoutFigures } from '../../inventory/checkpoint.ts'
import { switchesTo } from '../new-layers.ts'
import { copyTpmState } from '../tpm-state.ts'
import { beginCreate, failCreate, finishCreate } from './create-journal.ts'
import type { Draft } from './draft.ts'

/** The VM is off: its differencing disks alone. */
export async function createOffline(draft: Draft): Promise<Checkpoint> {
  const document = draft.machines.deps.inventory.get(draft.vmId)
  const begun = await beginCreate(draft, 'offline')
  try {
    // A guest that was killed may have left writes in the cache of the host.
    for (const { from } of switchesTo(document, begun.plan.layers)) await syncPath(from.file)
    await copyTpmState(document, begun.plan.tpmState)
    for (const all of ['ready', 'still', 'switched'] as const) await draft.together?.[all]()
    return await finishCreate(begun, {
      kind: 'offline',
      createdAt: draft.machines.deps.clock.now(),
      memory: null,
      record: { ...withoutFigures, consistency: document.offConsistency },
    })
  } catch (error) {
    draft.together?.fails(error)
    throw await failCreate(begun, error)
  }
}
