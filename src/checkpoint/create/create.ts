import { isStillpointError, messageOf, StillpointError } from '../../core/error.ts'
import type { CheckpointId, VmId } from '../../core/ids.ts'
import type { Progress } from '../../core/progress.ts'
import type { Checkpoint, GroupMembership, GuardDecision } from '../../inventory/checkpoint.ts'
import { requireIntact } from '../../machine/inspect.ts'
import type { Machines } from '../../machine/machines.ts'
import { chooseKind } from '../../vm/kind.ts'
import { checkedName, defaultCheckpointName } from '../../vm/name.ts'
import { endedMeanwhile } from '../ended-meanwhile.ts'
import { decideGuards } from '../guard/guard.ts'
import { defaultExpiry } from '../hygiene/expiry.ts'
import { requireWithinLimits } from '../hygiene/require-within-limits.ts'
import { sweep } from '../sweep.ts'
import { createOffline } from './create-offline.ts'
import { createProduction } from './create-production.ts'
import { createStandard } from './create-standard.ts'
import type { Draft } from './draft.ts'

export interface CreateRequest {
  /** Null for the default name. */
  readonly name: string | null
  readonly notes: string
  readonly automatic?: boolean
  /** UTC, ISO 8601; null: kept; absent: what the VM's settings say. */
  readonly expiresAt?: string | null | undefined
  /** What was decided about the risks that were found; where it is missing, that is decided here. */
  readonly guards?: readonly GuardDecision[]
  readonly group?: GroupMembership
  /** Whoever asks takes the risks that have to be confirmed. */
  readonly confirmGuards?: boolean | undefined
}

/**
 * Makes a checkpoint of the kind that the VM's policy and state ask for. Runs inside the VM's turn.
 * On any error the VM goes on as it was, and no checkpoint is left.
 * Errors: `policy_disabled`, `guard_confirmation_required`, `guard_forbidden`, `production_impossible`, `vm_state`, `vm_broken`, `limit_reached`, `disk_full`,
 * `hypervisor_failed`, `hypervisor_gone`, `cancelled`.
 */
export async function createCheckpoint(
  machines: Machines,
  vmId: VmId,
  request: CreateRequest,
  progress: Progress,
  signal: AbortSignal,
): Promise<Checkpoint> {
  const { inventory, log } = machines.deps
  const document = inventory.get(vmId)
  const state = await machines.require(vmId, 'checkpoint')
  const choice = chooseKind(document.settings.checkpointPolicy, state)
  if (choice.kind === null) {
    throw new StillpointError(choice.code, `VM "${document.name}": no checkpoint, because ${choice.reason}.`)
  }
  const guards =
    request.guards ??
    (await decideGuards(machines, vmId, { operation: 'create' }, request.confirmGuards ?? false, signal))
  const draft = {
    ...(await draftOf(machines, vmId, { ...request, guards }, progress, signal)),
    policy: document.settings.checkpointPolicy,
    fallbackReason: choice.fallbackReason,
  }
  if (choice.kind === 'offline') return await createOffline(draft)
  if (choice.kind === 'standard') return await createStandard(draft)
  try {
    return await createProduction(draft)
  } catch (error) {
    if (!isStillpointError(error, 'agent_unavailable', 'freeze_failed', 'guest_frozen')) throw error
    const gone = await endedMeanwhile(machines, vmId, error)
    if (gone) throw gone
    if (error.code === 'guest_frozen') throw error
    signal.throwIfAborted()
    if (choice.fallback === null) {
      throw new StillpointError(
        'production_impossible',
        `VM "${document.name}": no production checkpoint could be made, and its policy allows nothing else. ${messageOf(error)}`,
        { details: { reason: error.code }, cause: error },
      )
    }
    log.warn({ vmId, reason: error.message }, 'falling back to a standard checkpoint')
    progress.report(5, `falling back to a standard checkpoint: ${error.message}`)
    return await createStandard({ ...draft, fallbackReason: error.message })
  }
}

/** What every way of making a checkpoint needs, once it is known that one may be made. Errors: `vm_broken`, `invalid_name`. */
export async function draftOf(
  machines: Machines,
  vmId: VmId,
  request: CreateRequest,
  progress: Progress,
  signal: AbortSignal,
): Promise<Draft> {
  const { inventory, clock, ids } = machines.deps
  await requireIntact(machines, vmId)
  await sweep(machines, vmId)
  await requireWithinLimits(machines, vmId)
  const document = inventory.get(vmId)
  const name =
    request.name === null
      ? defaultCheckpointName(document.name, clock.now())
      : checkedName('checkpoint', request.name)
  return {
    machines,
    vmId,
    checkpointId: ids.next<CheckpointId>(),
    name,
    notes: request.notes,
    policy: document.settings.checkpointPolicy,
    fallbackReason: null,
    automatic: request.automatic ?? false,
    expiresAt:
      request.expiresAt === undefined ? defaultExpiry(document.settings, clock.now()) : request.expiresAt,
    group: request.group ?? null,
    guards: request.guards ?? [],
    together: null,
    progress,
    signal,
  }
}
