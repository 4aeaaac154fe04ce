import { closeSync, fsyncSync, openSync, renameSync } from 'node:fs'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import type { Compilable } from 'kysely'
import { StillpointError } from '../core/error.ts'
import { migrations, migrationsTable } from './migrations.ts'
import { query } from './query.ts'
import { damagedInventory, isFull, translated } from './sqlite-error.ts'

/** Runs compiled queries, synchronously. Errors of every call: `inventory_damaged`, `disk_full`, `io_error`. */
export interface Database {
  readonly path: string
  /** Returns how many rows changed. Outside a transaction the change is on disk when this returns. */
  run(statement: Compilable): number
  all<Row>(statement: Compilable<Row>): Row[]
  first<Row>(statement: Compilable<Row>): Row | undefined
  /** All of `body` or nothing; on disk when this returns. Inside another transaction it is a part of that. */
  transaction<T>(body: () => T): T
  /** Writes a consistent copy to a new file; on disk when this returns. */
  backUp(path: string): void
  close(): void
}

/**
 * Opens the inventory, makes it (mode 0600) when there is none, and brings its tables up to date. What is
 * committed survives a power loss (`synchronous=FULL`).
 *
 * Errors: `internal` when it comes from a newer Stillpoint; `inventory_damaged` when it is not an intact
 * database: a daemon may then call `moveDatabaseAside`, open again and have the inventory rebuilt from the
 * VMs' folders.
 */
export function openDatabase(path: string): Database {
  const connection = connect(path)
  try {
    const database = createDatabase(path, connection)
    migrate(database)
    return database
  } catch (error) {
    connection.close()
    throw error
  }
}

/**
 * Renames the database, with the files that SQLite keeps beside it, to `<path>.<suffix>`. Nothing is
 * deleted. Returns the new path of the database.
 */
export function moveDatabaseAside(path: string, suffix: string): string {
  for (const part of ['-wal', '-shm', '']) {
    try {
      renameSync(`${path}${part}`, `${path}.${suffix}${part}`)
    } catch (error) {
      // Not every database has all three.
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    }
  }
  return `${path}.${suffix}`
}

/** Of 4 KiB, SQLite's default: 2 MiB each for the database and its log. */
const reservePages = 512

function connect(path: string): DatabaseSync {
  return translated(path, () => {
    // SQLite gives its own files the mode of the database, so only this one has to be made with care.
    closeSync(openSync(path, 'a', 0o600))
    const connection = new DatabaseSync(path, { timeout: 2000, enableForeignKeyConstraints: true })
    try {
      connection.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF')
      const findings = connection.prepare('PRAGMA quick_check(1)').all()
      const finding = Object.values(findings[0] ?? {})[0]
      if (finding !== 'ok') throw damagedInventory(path, String(finding))
      reserveSpace(connection)
      return connection
    } catch (error) {
      connection.close()
      throw error
    }
  })
}

/**
 * Makes the files of the database larger than they need to be, so that on a full disk work can still be
 * brought to its end and checkpoints be deleted, which frees space. SQLite writes over its log from the
 * start once all of it was taken over, and uses free pages first.
 */
function reserveSpace(connection: DatabaseSync): void {
  try {
    connection.exec(`
      PRAGMA wal_autocheckpoint = ${reservePages / 4};
      DROP TABLE IF EXISTS reserve;
      CREATE TABLE reserve (bytes BLOB);
      INSERT INTO reserve VALUES (zeroblob(${reservePages} * 4096));
      DROP TABLE reserve;
      PRAGMA wal_checkpoint(RESTART)`)
  } catch (error) {
    if (!isFull(error)) throw error // the disk is full now: then there is none, as before
  }
}

function createDatabase(path: string, connection: DatabaseSync): Database {
  const prepared = new Map<string, StatementSync>()

  function execute<T>(
    statement: Compilable,
    call: (statement: StatementSync, values: SQLInputValue[]) => T,
  ): T {
    const { sql, parameters } = statement.compile()
    return translated(path, () => {
      const ready = prepared.get(sql) ?? connection.prepare(sql)
      prepared.set(sql, ready)
      return call(ready, parameters as SQLInputValue[]) // the schema has columns of text and numbers only
    })
  }

  return {
    path,
    run: (statement) => execute(statement, (ready, values) => Number(ready.run(...values).changes)),
    // The query builder derives the type of a row from the schema that the migrations made.
    all: <Row>(statement: Compilable<Row>) =>
      execute(statement, (ready, values) => ready.all(...values) as Row[]),
    first: <Row>(statement: Compilable<Row>) =>
      execute(statement, (ready, values) => ready.get(...values) as Row | undefined),
    transaction(body) {
      if (connection.isTransaction) return body()
      translated(path, () => connection.exec('BEGIN IMMEDIATE'))
      try {
        const result = body()
        translated(path, () => connection.exec('COMMIT'))
        return result
      } catch (error) {
        // SQLite itself has rolled back after some errors.
        if (connection.isTransaction) connection.exec('ROLLBACK')
        throw error
      }
    },
    backUp(copy) {
      translated(copy, () => connection.prepare('VACUUM INTO ?').run(copy))
      const file = openSync(copy, 'r')
      try {
        fsyncSync(file)
      } finally {
        closeSync(file)
      }
    },
    close: () => connection.close(),
  }
}

function migrate(database: Database): void {
  database.run(migrationsTable)
  const last = database.first(
    query.selectFrom('migrations').select((select) => select.fn.max('number').as('n')),
  )
  const done = last?.n ?? 0
  if (done > migrations.length) {
    // Not `inventory_damaged`: whoever meets that may put the file aside, and this one is intact.
    throw new StillpointError(
      'internal',
      `The inventory "${database.path}" was written by a newer Stillpoint (its tables have version ${done}; this one knows ${migrations.length}).`,
      { details: { path: database.path } },
    )
  }
  for (const [index, statements] of migrations.entries()) {
    const number = index + 1
    if (number <= done) continue
    database.transaction(() => {
      for (const statement of statements) database.run(statement)
      database.run(query.insertInto('migrations').values({ number }))
    })
  }
}
