import { StillpointError } from '../core/error.ts'
import type { VmDocument } from '../inventory/document.ts'
import { upgradeDocument } from '../inventory/upgrade.ts'
import { parseRecord } from './json.ts'

/** A row of the table `vms`, as far as it takes to read its document. */
export interface DocumentRow {
  readonly id: string
  readonly name: string
  readonly revision: number
  readonly document: string
}

/**
 * The document of a row. It is checked to be the one that the row says it is and of a format that is
 * known, not in depth: only this program writes it, and SQLite wrote it whole or not at all.
 * Error: `inventory_damaged`.
 */
export function parseDocument(row: DocumentRow): VmDocument {
  const record = `The record of VM "${row.name}" (${row.id})`
  const value = upgradeDocument(parseRecord(row.document, record))
  refuseNewer(value, record)
  const problem = problemOf(value, row)
  if (problem === null) return value as VmDocument // see above: our own text, of a known format
  throw new StillpointError(
    'inventory_damaged',
    `${record} in the inventory cannot be used: ${problem}. Run \`stillpoint inventory rebuild\`.`,
    { details: { vmId: row.id } },
  )
}

/** A record of a newer version is intact: it must not be taken for damage and replaced. Error: `internal`. */
function refuseNewer(value: unknown, record: string): void {
  const format =
    typeof value === 'object' && value !== null && 'format' in value ? Number(value.format) : Number.NaN
  if (format > 1)
    throw new StillpointError(
      'internal',
      `${record} was written by a newer Stillpoint (format ${format}); this one knows format 1.`,
    )
}

function problemOf(value: unknown, row: DocumentRow): string | null {
  if (typeof value !== 'object' || value === null) return 'it is not an object'
  const { format, id, revision } = value as Partial<Record<keyof VmDocument, unknown>>
  if (format !== 1) return `its format is ${JSON.stringify(format)}; this Stillpoint knows 1`
  if (id !== row.id) return `it is that of VM ${JSON.stringify(id)}`
  if (revision !== row.revision) return `its revision is ${JSON.stringify(revision)}, not ${row.revision}`
  return null
}
