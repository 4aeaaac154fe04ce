import { StillpointError } from '../core/error.ts'
import { type Group, type GroupStore, groupSchema } from '../inventory/group.ts'
import { nameKey } from '../vm/name.ts'
import type { Database } from './database.ts'
import { parseRecord } from './json.ts'
import { query } from './query.ts'

/** The groups in SQLite. Errors: `inventory_damaged`, `disk_full`, `io_error`. */
export function createGroupStore(database: Database): GroupStore {
  const put = (group: Group): void => {
    const row = {
      name: group.name,
      name_key: nameKey(group.name),
      revision: group.revision,
      document: JSON.stringify(group),
    }
    const changed = database.run(query.updateTable('groups').set(row).where('id', '=', group.id))
    if (changed === 0) database.run(query.insertInto('groups').values({ id: group.id, ...row }))
  }
  return {
    all: () =>
      database
        .all(query.selectFrom('groups').select(['id', 'name', 'document']).orderBy('name_key'))
        .map(({ id, name, document }) => parseGroup(document, `The record of group "${name}" (${id})`)),
    put: (group) => database.transaction(() => put(group)),
    remove: (id) => void database.run(query.deleteFrom('groups').where('id', '=', id)),
    replaceAll: (groups) =>
      database.transaction(() => {
        database.run(query.deleteFrom('groups'))
        for (const group of groups) put(group)
      }),
  }
}

function parseGroup(text: string, record: string): Group {
  const group = groupSchema.safeParse(parseRecord(text, record))
  // The schema checks every field; what it cannot express are the brands of the ids.
  if (group.success) return group.data as unknown as Group
  throw new StillpointError(
    'inventory_damaged',
    `${record} in the inventory cannot be used: ${group.error.message}. Run \`stillpoint inventory rebuild\`.`,
  )
}
