import type { JournalId, VmId } from '../core/ids.ts'
import type { VmDocument } from './document.ts'

/** A step of an operation that is on record, with what recovery needs to know of it. */
export interface JournalMark {
  readonly step: string
  readonly data: unknown
}

export interface JournalEntry {
  readonly id: JournalId
  readonly vmId: VmId
  /** `create`, `apply`, `merge`… */
  readonly operation: string
  /** Plain data, as written before the first step. */
  readonly plan: unknown
  readonly marks: readonly JournalMark[]
}

/**
 * Durable intent: what returns is on disk. All calls are synchronous, for they are local, short and must
 * not interleave.
 */
export interface InventoryStore {
  /** All documents; order of names. */
  all(): VmDocument[]
  get(vmId: VmId): VmDocument | undefined
  /**
   * Replaces the document if `document.revision` is one more than the stored one (or 1 for a new one),
   * and removes the journal entry `closes` in the same transaction.
   * Errors: `name_taken`; `internal` when the revision does not follow.
   */
  put(document: VmDocument, options?: { closes?: JournalId }): void
  /** As `put`, all of them in one transaction or none. */
  putAll(documents: readonly VmDocument[], options?: { closes?: readonly JournalId[] }): void
  /** Removes the document and everything the journal holds of it. */
  remove(vmId: VmId): void
  /** Replaces everything by `documents`, and empties the journal. */
  rebuild(documents: readonly VmDocument[]): void

  openJournal(vmId: VmId, operation: string, plan: unknown): JournalId
  mark(id: JournalId, step: string, data?: unknown): void
  closeJournal(id: JournalId): void
  pendingJournal(): JournalEntry[]
}
