import { openFreezeKeeper } from '../../guest/freeze-keeper.ts'
import type { Checkpoint } from '../../inventory/checkpoint.ts'
import { switchesTo } from '../new-layers.ts'
import { copyTpmState } from '../tpm-state.ts'
import { beginCreate, failCreate, finishCreate } from './create-journal.ts'
import type { Draft } from './draft.ts'
import { frozenConsistency } from './frozen-consistency.ts'

/**
 * With the guest: 1. reach its agent, 2. make and open the layers, 3. let its applications prepare where hooks
 * are installed, 4. freeze, 5. switch all disks, 6. thaw, 7. release the applications, 8. record. Only 5 happens
 * while the guest is frozen.
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
      progress.report(45, 'preparing the applications of the guest')
      await keeper.prepare()
      progress.report(60, 'freezing the guest')
      begun.mark('switching')
      await draft.together?.ready()
      let createdAt = clock.now()
      const switchAll = async () => {
        await draft.together?.still()
        createdAt = clock.now()
        const switchMs = await instance.switchDisks(switchesTo(document, begun.plan.layers))
        await copyTpmState(document, begun.plan.tpmState)
        await draft.together?.switched()
        return switchMs
      }
      const { value, span, applications } = await keeper.whileFrozen(switchAll, () =>
        draft.together?.goesOn(),
      )
      progress.report(90, 'recording the checkpoint')
      return await finishCreate(begun, {
        kind: 'production',
        createdAt,
        memory: null,
        record: {
          consistency: frozenConsistency(keeper.osId, applications),
          captureReason: null,
          frozenMs: span.frozenMs,
          pauseMs: 0,
          switchMs: value,
          agentVersion: keeper.agentVersion,
          frozenFileSystems: span.fileSystems,
          applications,
        },
      })
    } catch (error) {
      draft.together?.fails(error)
      throw await failCreate(begun, error)
    }
  } finally {
    await keeper.close()
  }
}
