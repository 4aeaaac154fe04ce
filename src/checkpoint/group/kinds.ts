import type { ErrorCode } from '../../core/error-registry.ts'
import type { VmId } from '../../core/ids.ts'
import type { CheckpointKind, CheckpointPolicy } from '../../vm/config.ts'
import { chooseKind } from '../../vm/kind.ts'
import type { PowerState } from '../../vm/power.ts'

export interface Candidate {
  readonly vmId: VmId
  readonly name: string
  readonly policy: CheckpointPolicy
  readonly state: PowerState
}

export interface MemberKind {
  readonly vmId: VmId
  readonly kind: CheckpointKind
  /** As it was when the kind was chosen. */
  readonly policy: CheckpointPolicy
  /** Why it is another kind than its policy prefers; null when it is not. */
  readonly fallbackReason: string | null
}

export type GroupKinds =
  | { readonly members: readonly MemberKind[] }
  | { readonly members: null; readonly code: ErrorCode; readonly vmId: VmId; readonly reason: string }

/**
 * Which kind each VM of a group gets. What is off is offline. All that have a process get the same kind, for only
 * then is there one instant: production when every one can, else standard when every one may.
 */
export function chooseKinds(candidates: readonly Candidate[]): GroupKinds {
  for (const { vmId, name, policy, state } of candidates) {
    const choice = chooseKind(policy, state)
    if (choice.kind === null)
      return { members: null, code: choice.code, vmId, reason: `VM "${name}": ${choice.reason}` }
  }
  const cause = candidates.find(({ policy, state }) => chooseKind(policy, state).kind === 'standard')
  if (cause) return standardForAll(candidates, whyStandard(cause), cause.vmId)
  return {
    members: candidates.map(({ vmId, policy, state }) => ({
      vmId,
      policy,
      kind: state === 'off' ? 'offline' : 'production',
      fallbackReason: null,
    })),
  }
}

/** Standard for all that have a process, because of `reason`, which lies in the VM `causeId`. */
export function standardForAll(candidates: readonly Candidate[], reason: string, causeId: VmId): GroupKinds {
  const refusing = candidates.find(({ policy, state }) => policy === 'ProductionOnly' && state !== 'off')
  if (refusing) {
    return {
      members: null,
      code: 'production_impossible',
      vmId: refusing.vmId,
      reason: `VM "${refusing.name}" allows production checkpoints only, and all running VMs of a group get the same kind; that has to be standard, because ${reason}`,
    }
  }
  return {
    members: candidates.map(({ vmId, policy, state }) => {
      if (state === 'off') return { vmId, policy, kind: 'offline', fallbackReason: null }
      const why = vmId === causeId ? reason : `all running VMs of a group get the same kind: ${reason}`
      return { vmId, policy, kind: 'standard', fallbackReason: policy === 'Production' ? why : null }
    }),
  }
}

function whyStandard({ name, policy }: Candidate): string {
  return policy === 'Standard' ? `VM "${name}" has the policy Standard` : `VM "${name}" is paused`
}
