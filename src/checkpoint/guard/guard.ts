import type { VmId } from '../../core/ids.ts'
import type { GuestFacts } from '../../guest/guest-facts.ts'
import type { Checkpoint, GuardDecision } from '../../inventory/checkpoint.ts'
import type { VmDocument } from '../../inventory/document.ts'
import type { KnownRoles } from '../../machine/guest-roles.ts'
import { decided, type Finding, findingsOf } from './decide.ts'
import { type Evidence, findEvidence } from './find.ts'
import type { Occasion } from './rules.ts'

/** What is needed of the VMs as running things. */
export interface GuardHost {
  readonly deps: {
    readonly inventory: { get(vmId: VmId): VmDocument }
    readonly groupsOf: (vmId: VmId) => readonly string[]
  }
  readonly roles: {
    known(vmId: VmId): Pick<KnownRoles, 'facts'> | null
    refresh(vmId: VmId, options: { readonly budgetMs: number }, signal: AbortSignal): Promise<void>
  }
}

/** What somebody wants to do. `asGroup`: together with all VMs of a group, or with some of them as was asked for. */
export type Intent =
  | { readonly operation: 'create'; readonly asGroup?: 'whole' | 'partly' }
  | { readonly operation: 'apply'; readonly checkpoint: Checkpoint; readonly asGroup?: 'whole' | 'partly' }

/** Windows Server 2012: the first whose directory looks at the generation device. */
const firstThatNotices = 6.2
/** So much longer may an operation take because the guest is asked what it is. */
const budgetMs = 2000

/**
 * Decides by what is known of the VM, without asking its guest: for refusing before a task exists.
 * Errors: `guard_forbidden`, `guard_confirmation_required`.
 */
export function decideByKnown(
  machines: GuardHost,
  document: VmDocument,
  intent: Intent,
  confirmed: boolean,
): GuardDecision[] {
  const what =
    intent.operation === 'create'
      ? `Creating a checkpoint of VM "${document.name}"`
      : `Applying "${intent.checkpoint.name}" to VM "${document.name}"`
  return decided(findings(machines, document, intent), what, confirmed)
}

/**
 * As `decideByKnown`, after the guest was asked, if it runs and was not asked lately. Runs inside the VM's turn. A guest
 * that cannot be asked stops nothing: tags and what it said before count then.
 */
export async function decideGuards(
  machines: GuardHost,
  vmId: VmId,
  intent: Intent,
  confirmed: boolean,
  signal: AbortSignal,
): Promise<GuardDecision[]> {
  await machines.roles.refresh(vmId, { budgetMs }, signal)
  return decideByKnown(machines, machines.deps.inventory.get(vmId), intent, confirmed)
}

export interface GroupMember {
  readonly vmId: VmId
  readonly intent: Intent
}

/**
 * As `decideGuards`, for VMs that are checkpointed or put back together; inside the turns of all. The risks of all of
 * them are told at once.
 */
export async function decideGroupGuards(
  machines: GuardHost,
  groupName: string,
  members: readonly GroupMember[],
  confirmed: boolean,
  signal: AbortSignal,
): Promise<ReadonlyMap<VmId, readonly GuardDecision[]>> {
  await Promise.all(members.map(({ vmId }) => machines.roles.refresh(vmId, { budgetMs }, signal)))
  const found = members.map(({ vmId, intent }) => {
    const document = machines.deps.inventory.get(vmId)
    return { vmId, name: document.name, findings: findings(machines, document, intent) }
  })
  const all = found.flatMap(({ name, findings }) =>
    findings.map((finding) => ({ ...finding, evidence: `VM "${name}", ${finding.evidence}` })),
  )
  const creates = members.every(({ intent }) => intent.operation === 'create')
  const what = `${creates ? 'Creating a checkpoint of' : 'Applying a checkpoint to'} group "${groupName}"`
  decided(all, what, confirmed)
  return new Map(found.map(({ vmId, findings }) => [vmId, decided(findings, what, confirmed)]))
}

function findings(machines: GuardHost, document: VmDocument, intent: Intent): Finding[] {
  const facts = machines.roles.known(document.id)?.facts ?? null
  const target = intent.operation === 'apply' ? intent.checkpoint : null
  const groups = machines.deps.groupsOf(document.id)
  const evidence = findEvidence({ document, groups, facts, target })
  const relevant: Evidence = intent.asGroup ? { ...evidence, 'multi-tier-application': [] } : evidence
  return findingsOf(relevant, document.settings, occasionOf(intent, facts))
}

/** The occasion that an intent is, for the rules. */
export function occasionOf(intent: Intent, facts: GuestFacts | null): Occasion {
  if (intent.operation === 'create') return { operation: 'create' }
  const { kind, hardware } = intent.checkpoint
  return {
    operation: 'apply',
    kind,
    noticesApply: hardware.generationDevice && noticesApply(facts),
    asGroup: intent.asGroup === 'whole',
  }
}

/** The guest's directory looks at the generation device. */
export const noticesApply = (facts: GuestFacts | null): boolean =>
  (facts?.windowsVersion ?? 0) >= firstThatNotices
