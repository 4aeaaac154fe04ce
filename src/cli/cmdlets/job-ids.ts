import type { Bound } from './binding/bound.ts'

/** The jobs that `-Job` or `-Id` name. */
export function jobIds(bound: Bound): string[] {
  return [...bound.inputs('Job'), ...bound.inputs('Id')].flatMap((input) => {
    if (input.kind === 'text') return [input.text]
    return input.kind === 'job' ? [input.id] : []
  })
}
