import { StillpointError } from '../../core/error.ts'
import { MIB } from '../../core/units.ts'
import type { Bound } from './binding/bound.ts'

/** What -MemoryStartupBytes says; undefined without it. Error: `invalid_request`. */
export function memoryMiB(bound: Bound): number | undefined {
  const sizeBytes = bound.number('MemoryStartupBytes')
  if (sizeBytes === undefined) return undefined
  if (sizeBytes % MIB === 0) return sizeBytes / MIB
  throw new StillpointError(
    'invalid_request',
    `Cannot bind parameter 'MemoryStartupBytes'. ${sizeBytes} bytes are not a whole number of MB.`,
    { details: { parameter: 'MemoryStartupBytes' } },
  )
}
