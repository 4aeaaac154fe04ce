import type { GuardFindings, GuardsView, GuardView } from '../../../contract/guard.ts'
import type { GuardAction } from '../../../vm/guards.ts'
import { isApiError } from '../../api/http.ts'

/** A risk that was found, on one VM or several. */
export interface Risk {
  readonly guard: GuardView['guard']
  readonly title: string
  /** The strictest of what the VMs ask for. */
  readonly action: GuardAction
  readonly risk: string
  readonly remedy: string
  readonly found: readonly { readonly vmName: string; readonly evidence: string }[]
}

export type Operation = 'create' | 'apply' | 'apply-without-memory'

export interface Finding extends Omit<Risk, 'found'> {
  readonly vmName: string
  readonly evidence: string
}

/** What was found on a VM before it was asked for anything. */
export function previewed({ vmName, guards }: GuardsView, operation: Operation): Finding[] {
  return guards.flatMap(({ guard, title, evidence, risk, remedy, ...actions }) => {
    const action = {
      create: actions.onCreate,
      apply: actions.onApply,
      'apply-without-memory': actions.onApplyWithoutMemory,
    }[operation]
    if (evidence.length === 0 || action === 'off') return []
    const words = remedy[operation === 'create' ? 'create' : 'apply']
    return [{ guard, title, action, risk, remedy: words, vmName, evidence: evidence.join('; ') }]
  })
}

/** What a refusal by guards lists; empty for any other error. */
export function refused(vmName: string, error: unknown): Finding[] {
  if (!isApiError(error, 'guard_confirmation_required', 'guard_forbidden')) return []
  const { guards = [] } = error.details as { guards?: GuardFindings } // of the contract, for these codes
  return guards.map((finding) => ({ ...finding, vmName }))
}

const strictness: readonly GuardAction[] = ['off', 'warn', 'confirm', 'forbid']

/** A VM's later findings take the place of its earlier ones of that kind. */
export function latestOf(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((each) => [`${each.guard} ${each.vmName}`, each])).values()]
}

/** One entry for each kind of risk; what is forbidden stands apart. */
export function risksOf(findings: readonly Finding[]): Risk[] {
  const alike = Map.groupBy(findings, ({ guard, action }) => `${guard} ${action === 'forbid'}`)
  return [...alike.values()].flatMap((each) => {
    const [strictest] = each.toSorted((a, b) => strictness.indexOf(b.action) - strictness.indexOf(a.action))
    if (!strictest) return []
    const { guard, title, action, risk, remedy } = strictest
    const found = each.map(({ vmName, evidence }) => ({ vmName, evidence }))
    return [{ guard, title, action, risk, remedy, found }]
  })
}
