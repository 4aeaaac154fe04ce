import type { Bench } from '../harness/definition.ts'
import { checkpoints } from './checkpoints.ts'
import { daemon } from './daemon.ts'
import { groupFrozen } from './group-frozen.ts'
import { list } from './list.ts'
import { policy } from './policy.ts'

export const bench: Bench = {
  name: 'system',
  cases: [policy, list, checkpoints, daemon, groupFrozen],
}
