import type { NewVmDraft, Problems } from './draft.ts'

export interface PartProps {
  readonly draft: NewVmDraft
  readonly problems: Problems
  change(change: Partial<NewVmDraft>): void
}
