import type { GuardView } from '../../../contract/guard.ts'
import type { Guard, GuardAction } from '../../../vm/guards.ts'

export const guardTitles: Readonly<Record<Guard, string>> = {
  'domain-controller': 'Domain controller',
  'cluster-member': 'Cluster member',
  database: 'Database',
  'replicated-application': 'Replicated application',
  'multi-tier-application': 'Part of an application on several VMs',
}

export const guardActionWords: readonly { value: GuardAction; label: string }[] = [
  { value: 'off', label: 'Do not look' },
  { value: 'warn', label: 'Warn' },
  { value: 'confirm', label: 'Ask to confirm' },
  { value: 'forbid', label: 'Forbid' },
]

const verbs: Readonly<Record<GuardAction, string>> = {
  off: 'do nothing',
  warn: 'warn',
  confirm: 'ask',
  forbid: 'refuse',
}

type Actions = Pick<GuardView, 'onCreate' | 'onApply' | 'onApplyWithoutMemory'>

/** `warn before creating, ask before applying (without memory: warn)`. */
export function actionsInWords({ onCreate, onApply, onApplyWithoutMemory }: Actions): string {
  const without = onApplyWithoutMemory === onApply ? '' : ` (without memory: ${verbs[onApplyWithoutMemory]})`
  return `${verbs[onCreate]} before creating, ${verbs[onApply]} before applying${without}`
}
