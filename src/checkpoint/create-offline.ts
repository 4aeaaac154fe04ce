import type { Checkpoint } from '../inventory/checkpoint.ts'
import { beginCreate, failCreate, finishCreate } from './create-journal.ts'
import type { Draft } from './draft.ts'

/** The VM is off: its differencing disks alone. */
export async function createOffline(draft: Draft): Promise<Checkpoint> {
  const { offConsistency } = draft.machines.deps.inventory.get(draft.vmId)
  const begun = await beginCreate(draft, 'offline')
  try {
    return await finishCreate(begun, {
      kind: 'offline',
      createdAt: draft.machines.deps.clock.now(),
      memory: null,
      record: {
        consistency: offConsistency,
        captureReason: null,
        frozenMs: null,
        pauseMs: null,
        switchMs: null,
        agentVersion: null,
        frozenFileSystems: null,
      },
    })
  } catch (error) {
    throw await failCreate(begun, error)
  }
}
