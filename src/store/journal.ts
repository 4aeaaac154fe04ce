import type { Clock } from '../core/clock.ts'
import { StillpointError } from '../core/error.ts'
import { asId, type IdSource, type JournalId, type VmId } from '../core/ids.ts'
import type { JournalEntry, JournalMark } from '../inventory/store-port.ts'
import type { Database } from './database.ts'
import { parseRecord } from './json.ts'
import { query } from './query.ts'

/** The journal's part of the inventory store; each call is durable when it returns. */
export interface Journal {
  open(vmId: VmId, operation: string, plan: unknown): JournalId
  /** Marks of an entry keep their order. `data` that is undefined reads back as null. */
  mark(id: JournalId, step: string, data?: unknown): void
  /** Closing one that is closed is no error, so that recovery can repeat itself. */
  close(id: JournalId): void
  /** In the order in which they were opened. */
  pending(): JournalEntry[]
  removeOf(vmId: VmId): void
  clear(): void
}

export function createJournal(
  database: Database,
  sources: { readonly ids: IdSource; readonly clock: Clock },
): Journal {
  function marksOf(journalId: string): JournalMark[] {
    const rows = database.all(
      query
        .selectFrom('journal_marks')
        .select(['step', 'data'])
        .where('journal_id', '=', journalId)
        .orderBy('seq'),
    )
    return rows.map(({ step, data }) => ({
      step,
      data: parseRecord(data, `Step "${step}" of journal entry ${journalId}`),
    }))
  }

  return {
    open(vmId, operation, plan) {
      const id = sources.ids.next<JournalId>()
      const createdAt = sources.clock.now().toISOString()
      database.run(
        query
          .insertInto('journal')
          .values({ id, vm_id: vmId, operation, plan: toJson(plan), created_at: createdAt }),
      )
      return id
    },

    mark(id, step, data) {
      database.transaction(() => {
        if (!database.first(query.selectFrom('journal').select('seq').where('id', '=', id))) {
          throw new StillpointError('internal', `Journal entry ${id} is not open; step "${step}" is lost.`)
        }
        const last = database.first(
          query
            .selectFrom('journal_marks')
            .select((select) => select.fn.max('seq').as('seq'))
            .where('journal_id', '=', id),
        )
        const seq = (last?.seq ?? 0) + 1
        database.run(
          query.insertInto('journal_marks').values({ journal_id: id, seq, step, data: toJson(data) }),
        )
      })
    },

    close(id) {
      database.run(query.deleteFrom('journal').where('id', '=', id))
    },

    pending() {
      const rows = database.all(
        query.selectFrom('journal').select(['id', 'vm_id', 'operation', 'plan']).orderBy('seq'),
      )
      return rows.map((row) => ({
        id: asId<JournalId>(row.id),
        vmId: asId<VmId>(row.vm_id),
        operation: row.operation,
        plan: parseRecord(row.plan, `The plan of journal entry ${row.id}`),
        marks: marksOf(row.id),
      }))
    },

    removeOf(vmId) {
      database.run(query.deleteFrom('journal').where('vm_id', '=', vmId))
    },

    clear() {
      database.run(query.deleteFrom('journal'))
    },
  }
}

function toJson(value: unknown): string {
  return JSON.stringify(value ?? null)
}
