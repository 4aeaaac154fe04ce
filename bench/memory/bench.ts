import type { Bench } from '../harness/definition.ts'
import { bySize } from './by-size.ts'
import { guestWork } from './guest-work.ts'
import { sharing } from './sharing.ts'
import { slowDisk } from './slow-disk.ts'
import { throughput } from './throughput.ts'

export const bench: Bench = {
  name: 'memory',
  cases: [bySize, sharing, throughput, guestWork, slowDisk],
}
