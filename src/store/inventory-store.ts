import type { Clock } from '../core/clock.ts'
import { StillpointError } from '../core/error.ts'
import type { IdSource, JournalId } from '../core/ids.ts'
import type { VmDocument } from '../inventory/document.ts'
import type { InventoryStore } from '../inventory/store-port.ts'
import { nameKey } from '../vm/name.ts'
import type { Database } from './database.ts'
import { parseDocument } from './document-json.ts'
import { createJournal } from './journal.ts'
import { query } from './query.ts'

const columns = ['id', 'name', 'revision', 'document'] as const

/** The inventory in SQLite. Errors, besides those of the port: `inventory_damaged`, `disk_full`, `io_error`. */
export function createInventoryStore(
  database: Database,
  sources: { readonly ids: IdSource; readonly clock: Clock },
): InventoryStore {
  const journal = createJournal(database, sources)

  function insert(document: VmDocument): void {
    database.run(query.insertInto('vms').values({ id: document.id, ...rowOf(document) }))
  }

  function refuseTakenName(document: VmDocument): void {
    const other = database.first(
      query
        .selectFrom('vms')
        .select(['id', 'name'])
        .where('name_key', '=', nameKey(document.name))
        .where('id', '!=', document.id),
    )
    if (!other) return
    throw new StillpointError('name_taken', `A VM named "${other.name}" exists already.`, {
      details: { name: document.name, vmId: other.id },
    })
  }

  function putAll(documents: readonly VmDocument[], closes: readonly JournalId[]): void {
    database.transaction(() => {
      for (const document of documents) {
        const { id, revision } = document
        const stored = database.first(
          query.selectFrom('vms').select(['revision', 'name_key']).where('id', '=', id),
        )
        refuseOtherRevision(document, stored?.revision ?? 0)
        if (stored?.name_key !== nameKey(document.name)) refuseTakenName(document)
        if (revision === 1) insert(document)
        else database.run(query.updateTable('vms').set(rowOf(document)).where('id', '=', id))
      }
      for (const entry of closes) journal.close(entry)
    })
  }

  return {
    all: () => database.all(query.selectFrom('vms').select(columns).orderBy('name_key')).map(parseDocument),

    get(vmId) {
      const row = database.first(query.selectFrom('vms').select(columns).where('id', '=', vmId))
      return row && parseDocument(row)
    },

    put(document, { closes } = {}) {
      putAll([document], closes ? [closes] : [])
    },

    putAll(documents, { closes = [] } = {}) {
      putAll(documents, closes)
    },

    remove(vmId) {
      database.transaction(() => {
        database.run(query.deleteFrom('vms').where('id', '=', vmId))
        journal.removeOf(vmId)
      })
    },

    rebuild(documents) {
      database.transaction(() => {
        journal.clear()
        database.run(query.deleteFrom('vms'))
        for (const document of documents) {
          refuseTakenName(document)
          insert(document)
        }
      })
    },

    openJournal: journal.open,
    mark: journal.mark,
    closeJournal: journal.close,
    pendingJournal: journal.pending,
  }
}

function rowOf(document: VmDocument) {
  return {
    name: document.name,
    name_key: nameKey(document.name),
    revision: document.revision,
    document: JSON.stringify(document),
  }
}

function refuseOtherRevision(document: VmDocument, storedRevision: number): void {
  if (document.revision === storedRevision + 1) return
  throw new StillpointError(
    'internal',
    `VM "${document.name}" was to be stored with revision ${document.revision}, but the store has ${storedRevision}: two changes crossed.`,
    { details: { vmId: document.id, revision: document.revision, storedRevision } },
  )
}
