import { createContext, useContext } from 'react'
import type { VmRow, VmView } from '../../../contract/vm.ts'
import type { Problems } from './problems.ts'
import { type Draft, type Key, mixed, type Original, type Values } from './values.ts'

/** What the pages of the dialog share. */
export interface SettingsForm {
  readonly vms: readonly VmRow[]
  /** Null when there are several. */
  readonly vm: VmView | null
  readonly original: Original
  readonly draft: Draft
  readonly problems: Problems
  set(change: Draft): void
  /** As it is, whatever was entered. */
  reset(key: Key): void
}

export const SettingsContext = createContext<SettingsForm | null>(null)

export function useSettings(): SettingsForm {
  const form = useContext(SettingsContext)
  if (!form) throw new Error('there is no settings dialog')
  return form
}

export interface Field<K extends Key> {
  readonly value: Values[K] | typeof mixed
  /** How it is, whatever was entered. */
  readonly before: Values[K] | typeof mixed | undefined
  readonly problem: string | null
  /** Was mixed, and is one value for all now. */
  readonly isLevelled: boolean
  set(value: Values[K]): void
  reset(): void
}

export function useField<K extends Key>(key: K): Field<K> {
  const { original, draft, problems, set, reset } = useSettings()
  const entered = draft[key]
  const value: Values[K] | typeof mixed | undefined = entered === undefined ? original[key] : entered
  return {
    value: value === undefined ? mixed : value,
    before: original[key],
    problem: problems[key] ?? null,
    isLevelled: original[key] === mixed && entered !== undefined,
    set: (next) => set({ [key]: next } as Draft), // a computed key is typed as string
    reset: () => reset(key),
  }
}
