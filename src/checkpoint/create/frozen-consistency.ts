import type { ApplicationResult, Consistency } from '../../inventory/checkpoint.ts'

/**
 * What was reached by freezing a guest. VSS makes the applications of Windows flush too. A frozen file system alone
 * says nothing of them: hooks have to have spoken for all that they know, and for one at least.
 */
export function frozenConsistency(
  osId: string | null,
  applications: readonly ApplicationResult[],
): Consistency {
  if (osId === 'mswindows') return 'application'
  const isEachConsistent = applications.every(({ outcome }) => outcome === 'consistent')
  return applications.length > 0 && isEachConsistent ? 'application' : 'file-system'
}
