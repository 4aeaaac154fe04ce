import { openFreezeKeeper } from '../../guest/freeze-keeper.ts'
import type { Checkpoint } from '../../inventory/checkpoint.ts'
import { switchesTo } from '../new-layers.ts'
import { copyTpmState } from '../tpm-state.ts'
import { beginCreate, failCreate, finishCreate } from './create-journal.ts'
import type { Draft } from './draft.ts'

/**
 * With the guest: 1. reach its agent, 2. make and open the layers, 3. freeze, 4. switch all disks,
 * 5. thaw, 6. record. Only 4 happens while the guest is frozen.
 * Errors of the guest (`agent_unavailable`, `freeze_failed`) leave it thawed, and no checkpoint.
 */
export async function createProduction(draft: Draft): Promise<Checkpoint> {
  const { machines, vmId, progress, signal } = draft
  const { inventory, clock } = machines.deps
  const document = inventory.get(vmId)
  const instance = machines.running(vmId)
  progress.report(5, 'asking the guest agent')
  const budgetMs = draft.together?.freezeBudgetMs ?? document.settings.freezeBudgetMs
  const keeper = await openFreezeKeeper(instance.agentSocket, budgetMs, signal)
  try {
    progress.report(30, 'making the differencing disks')
    const begun = await beginCreate(draft, 'production')
    try {
      progress.report(60, 'freezing the guest')
      begun.mark('switching')
      await draft.together?.ready()
      let createdAt = clock.now()
      const { value: switchMs, span } = await keeper.whileFrozen(async () => {
        await draft.together?.still()
        createdAt = clock.now()
        const switchMs = await instance.switchDisks(switchesTo(document, begun.plan.layers))
        await copyTpmState(document, begun.plan.tpmState)
        await draft.together?.switched()
        return switchMs
      })
      draft.together?.goesOn()
      progress.report(90, 'recording the checkpoint')
      return await finishCreate(begun, {
        kind: 'production',
        createdAt,
        memory: null,
        record: {
          // VSS makes the applications flush too; a frozen file system says nothing of them.
          consistency: keeper.osId === 'mswindows' ? 'application' : 'file-system',
          captureReason: null,
          frozenMs: span.frozenMs,
          pauseMs: 0,
          switchMs,
          agentVersion: keeper.agentVersion,
          frozenFileSystems: span.fileSystems,
          applications: [],
        },
      })
    } catch (error) {
      draft.together?.fails(error)
      throw await failCreate(begun, error)
    }
  } finally {
    keeper.close()
  }
}
