import type { Bench } from '../harness/definition.ts'
import { idle } from './idle.ts'
import { latency } from './latency.ts'
import { load } from './load.ts'
import { scroll } from './scroll.ts'

export const bench: Bench = { name: 'console', cases: [load, scroll, latency, idle] }
