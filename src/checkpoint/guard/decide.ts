import { StillpointError } from '../../core/error.ts'
import type { Checkpoint, GuardDecision } from '../../inventory/checkpoint.ts'
import { type Guard, type GuardAction, guards } from '../../vm/guards.ts'
import type { Settings } from '../../vm/settings.ts'
import type { Evidence } from './find.ts'
import { defaultMeasure, type Measure, type Occasion, rules } from './rules.ts'

/** A risk that was found, and what is to be done about it. */
export interface Finding {
  readonly guard: Guard
  readonly title: string
  readonly action: Measure
  readonly evidence: string
  readonly risk: string
  readonly remedy: string
}

const longestEvidence = 300

/** What to do about a risk: the setting of the VM, else the guard's own default. */
export function actionOf(guard: Guard, settings: Settings, occasion: Occasion): GuardAction {
  return settings.guards[guard] ?? defaultMeasure(guard, occasion)
}

/** The risks that there are, without those that are off. */
export function findingsOf(evidence: Evidence, settings: Settings, occasion: Occasion): Finding[] {
  return guards.flatMap((guard): Finding[] => {
    const action = actionOf(guard, settings, occasion)
    if (evidence[guard].length === 0 || action === 'off') return []
    const { title, risk, remedy } = rules[guard]
    const words = evidence[guard].join('; ')
    return [
      {
        guard,
        title,
        action,
        evidence: words.length > longestEvidence ? `${words.slice(0, longestEvidence)}…` : words,
        risk,
        remedy: remedy[occasion.operation],
      },
    ]
  })
}

/**
 * Lets pass what may be done, and returns what goes on record.
 * Errors: `guard_forbidden`; `guard_confirmation_required` unless `confirmed`. Both list the findings in their details.
 */
export function decided(findings: readonly Finding[], what: string, confirmed: boolean): GuardDecision[] {
  const refuse = (action: Measure, code: 'guard_forbidden' | 'guard_confirmation_required', end: string) => {
    const against = findings.filter((finding) => finding.action === action)
    if (against.length === 0) return
    const words = against.map(({ title, evidence }) => `${inSentence(title)}: ${evidence}`).join('; ')
    throw new StillpointError(code, `${what} ${end} ${sentence(words)}`, { details: { guards: against } })
  }
  refuse('forbid', 'guard_forbidden', 'is forbidden by the guards of this VM.')
  if (!confirmed) refuse('confirm', 'guard_confirmation_required', 'has risks, which were not confirmed.')
  return findings.map(({ guard, action, evidence }) => ({
    guard,
    action,
    evidence,
    confirmed: action === 'confirm',
  }))
}

/** A title within a sentence. */
export const inSentence = (title: string): string => `${title.charAt(0).toLowerCase()}${title.slice(1)}`

const sentence = (words: string) => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`

/** A production checkpoint that became a standard one holds memory: what was decided about the former says so. */
export function afterFallback(
  decisions: readonly GuardDecision[],
  kind: Checkpoint['kind'],
): GuardDecision[] {
  if (kind !== 'standard') return [...decisions]
  return decisions.map((decision) => ({
    ...decision,
    evidence: `${decision.evidence}; with its memory, for no production checkpoint could be made`,
  }))
}
