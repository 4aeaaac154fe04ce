/** Kinds of guests for which going back in time is a risk. */
export const guards = [
  'domain-controller',
  'cluster-member',
  'database',
  'replicated-application',
  'multi-tier-application',
] as const
export type Guard = (typeof guards)[number]

/** `warn` says it and goes on; `confirm` refuses until it was confirmed; `forbid` refuses. */
export const guardActions = ['off', 'warn', 'confirm', 'forbid'] as const
export type GuardAction = (typeof guardActions)[number]
