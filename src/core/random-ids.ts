import { randomBytes, randomUUID } from 'node:crypto'
import { asId, type IdSource } from './ids.ts'

export const randomIds: IdSource = {
  next: () => asId(randomBytes(6).toString('hex')),
  uuid: () => randomUUID(),
}
