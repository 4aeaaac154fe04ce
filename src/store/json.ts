import { messageOf, StillpointError } from '../core/error.ts'

/** Parses JSON from our own tables. Error: `inventory_damaged`, naming the record. */
export function parseRecord(text: string, record: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new StillpointError(
      'inventory_damaged',
      `${record} in the inventory cannot be read: ${messageOf(error)}. Run \`stillpoint inventory rebuild\`.`,
      { details: { record }, cause: error },
    )
  }
}
