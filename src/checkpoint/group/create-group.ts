import { isStillpointError, messageOf, StillpointError } from '../../core/error.ts'
import type { VmId } from '../../core/ids.ts'
import type { Progress } from '../../core/progress.ts'
import type { Checkpoint, GroupMembership, GuardDecision } from '../../inventory/checkpoint.ts'
import type { Machines } from '../../machine/machines.ts'
import { draftOf } from '../create/create.ts'
import { createOffline } from '../create/create-offline.ts'
import { createProduction } from '../create/create-production.ts'
import { createStandard } from '../create/create-standard.ts'
import type { Draft } from '../create/draft.ts'
import { endedMeanwhile } from '../ended-meanwhile.ts'
import { type Candidate, chooseKinds, type GroupKinds, type MemberKind, standardForAll } from './kinds.ts'
import { Rendezvous } from './rendezvous.ts'
import { sharedProgress } from './shared-progress.ts'

export interface GroupRequest {
  readonly vmIds: readonly VmId[]
  readonly name: string
  readonly notes: string
  readonly group: GroupMembership
  readonly expiresAt?: string | null | undefined
  /** Per VM, what was decided about the risks that were found. */
  readonly guards?: ReadonlyMap<VmId, readonly GuardDecision[]>
}

export interface CreatedSet {
  /** In the order of the request. */
  readonly checkpoints: readonly { readonly vmId: VmId; readonly checkpoint: Checkpoint }[]
  /** From the first freeze or stop to the last guest going on; null when no guest ran. */
  readonly spanMs: number | null
}

/**
 * Makes checkpoints of several VMs at one instant, or none. Runs inside the turns of all of them.
 *
 *   all prepared ─ all frozen (or stopped) ─ all switched ─ all thawed (or running) ─ all recorded, in one transaction
 *
 * When one fails, all go on as they were. After a crash before the record none of the checkpoints exists.
 * Errors: as of `createCheckpoint`, with the name of the VM that failed.
 */
export async function createGroupCheckpoint(
  machines: Machines,
  request: GroupRequest,
  progress: Progress,
  signal: AbortSignal,
): Promise<CreatedSet> {
  const { inventory, log } = machines.deps
  const candidates = await Promise.all(
    request.vmIds.map(async (vmId): Promise<Candidate> => {
      const { name, settings } = inventory.get(vmId)
      return {
        vmId,
        name,
        policy: settings.checkpointPolicy,
        state: await machines.require(vmId, 'checkpoint'),
      }
    }),
  )
  const kinds = decided(request, chooseKinds(candidates))
  const first = await makeAll(machines, request, kinds, progress, signal)
  if (!(first instanceof Failure)) return first
  signal.throwIfAborted()
  const { vmId, error } = first
  const mayFallBack =
    isStillpointError(error, 'agent_unavailable', 'freeze_failed') &&
    kinds.some(({ kind }) => kind === 'production') &&
    vmId !== null
  if (!mayFallBack) throw first.inWords(machines, request)
  const { name } = inventory.get(vmId)
  const reason = `VM "${name}" could not take part in a production checkpoint: ${messageOf(error)}`
  const standard = decided(request, standardForAll(candidates, reason, vmId), error)
  log.warn(
    { group: request.group.groupName, vmId, reason: messageOf(error) },
    'falling back to standard checkpoints',
  )
  progress.report(5, `falling back to standard checkpoints: ${messageOf(error)}`)
  const second = await makeAll(machines, request, standard, progress, signal)
  if (second instanceof Failure) throw second.inWords(machines, request)
  return second
}

/** No guest stands still for longer, whatever the others do. */
const standStillLimitMs = 10_000

/** What a group's work ended with: the VM that failed first, and how. */
class Failure {
  readonly vmId: VmId | null
  readonly error: unknown

  constructor(vmId: VmId | null, error: unknown) {
    this.vmId = vmId
    this.error = error
  }

  inWords(machines: Machines, { group }: GroupRequest): unknown {
    const { vmId, error } = this
    if (!(error instanceof StillpointError) || error.code === 'cancelled') return error
    const where = vmId === null ? '' : ` VM "${machines.deps.inventory.get(vmId).name}":`
    return new StillpointError(
      error.code,
      `No checkpoint of group "${group.groupName}" was made.${where} ${error.message}`,
      { details: { groupId: group.groupId, vmId }, cause: error },
    )
  }
}

async function makeAll(
  machines: Machines,
  request: GroupRequest,
  kinds: readonly MemberKind[],
  progress: Progress,
  signal: AbortSignal,
): Promise<CreatedSet | Failure> {
  const { inventory, clock } = machines.deps
  const documents = kinds.map(({ vmId }) => inventory.get(vmId))
  const rendezvous = new Rendezvous(request.vmIds, {
    inventory,
    clock,
    standStillLimitMs,
    // No guest is frozen for longer than its own settings allow.
    freezeBudgetMs: Math.min(...documents.map(({ settings }) => settings.freezeBudgetMs)),
  })
  const progresses = sharedProgress(
    progress,
    documents.map(({ name }) => name),
  )
  const results = await Promise.allSettled(
    kinds.map(({ vmId, kind, policy, fallbackReason }, index) =>
      rendezvous.run(vmId, async (together) => {
        const { name, notes, group, expiresAt, guards } = request
        const draft: Draft = {
          ...(await draftOf(
            machines,
            vmId,
            { name, notes, group, expiresAt, guards: guards?.get(vmId) ?? [] },
            progresses[index] ?? progress,
            AbortSignal.any([signal, together.signal]),
          )),
          policy,
          fallbackReason,
          together,
        }
        return { vmId, checkpoint: await make[kind](draft) }
      }),
    ),
  )
  const { failed } = rendezvous
  if (failed) return await failureOf(machines, kinds, results, failed)
  const checkpoints = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  return { checkpoints, spanMs: rendezvous.spanMs }
}

const make = { offline: createOffline, production: createProduction, standard: createStandard }

/** A guest that may still be frozen, and a VM that has ended, are what has to be told, whatever came first. */
async function failureOf(
  machines: Machines,
  kinds: readonly MemberKind[],
  results: readonly PromiseSettledResult<unknown>[],
  { vmId, error }: { vmId: VmId | null; error: unknown },
): Promise<Failure> {
  const frozen = results.find(
    (result) => result.status === 'rejected' && isStillpointError(result.reason, 'guest_frozen'),
  )
  if (frozen?.status === 'rejected') return new Failure(null, frozen.reason)
  const hadProcess = kinds.some((each) => each.vmId === vmId && each.kind !== 'offline')
  const gone = vmId !== null && hadProcess ? await endedMeanwhile(machines, vmId, error) : null
  return new Failure(vmId, gone ?? error)
}

/** Errors: `policy_disabled`, `production_impossible`. */
function decided({ group }: GroupRequest, kinds: GroupKinds, cause?: unknown): readonly MemberKind[] {
  if (kinds.members) return kinds.members
  throw new StillpointError(
    kinds.code,
    `No checkpoint of group "${group.groupName}" was made, because of ${kinds.reason}.`,
    { details: { groupId: group.groupId, vmId: kinds.vmId }, cause },
  )
}
