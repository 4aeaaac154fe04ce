import { randomBytes, randomUUID } from 'node:crypto'
import { asId, type IdSource } from './ids.ts'

export const randomIds: IdSource = {
  next: () => asId(randomBytes(6).toString('hex')),
  uuid: () => randomUUID(),
}

/** Nobody guesses it: 256 bits by default, as text of A–Z, a–z, 0–9, `-` and `_`. */
export function randomSecret(sizeBytes = 32): string {
  return randomBytes(sizeBytes).toString('base64url')
}
