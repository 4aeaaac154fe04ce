import type { GrowthHistory } from '../checkpoint/hygiene/growth-history-port.ts'
import type { Database } from './database.ts'
import { query } from './query.ts'

/** What was measured of volumes and VMs, in SQLite. Errors: `inventory_damaged`, `disk_full`, `io_error`. */
export function createGrowthStore(database: Database): GrowthHistory {
  return {
    append(samples) {
      database.transaction(() => {
        for (const { subject, atMs, bytes, hourly } of samples) {
          const row = { subject, at: atMs, bytes, hourly: hourly ? 1 : 0 }
          database.run(
            query
              .insertInto('growth')
              .values(row)
              .onConflict((conflict) => conflict.columns(['subject', 'at']).doUpdateSet(row)),
          )
        }
      })
    },

    since(atMs, subject) {
      const all = query
        .selectFrom('growth')
        .select(['subject', 'at', 'bytes', 'hourly'])
        .where('at', '>=', atMs)
        .orderBy('at')
      const select = subject === undefined ? all : all.where('subject', '=', subject)
      return database
        .all(select)
        .map(({ subject, at, bytes, hourly }) => ({ subject, atMs: at, bytes, hourly: hourly === 1 }))
    },

    prune({ allBefore, othersBefore }) {
      database.transaction(() => {
        database.run(query.deleteFrom('growth').where('at', '<', allBefore))
        database.run(query.deleteFrom('growth').where('at', '<', othersBefore).where('hourly', '=', 0))
      })
    },
  }
}
