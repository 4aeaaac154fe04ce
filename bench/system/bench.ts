import type { Bench } from '../harness/definition.ts'
import { groupFrozen } from './group-frozen.ts'

export const bench: Bench = { name: 'system', cases: [groupFrozen] }
