import type { Bench } from '../harness/bench.ts'
import { apply } from './apply.ts'
import { production } from './production.ts'
import { standard } from './standard.ts'

export const bench: Bench = {
  name: 'checkpoint',
  cases: [standard, production, apply],
}
