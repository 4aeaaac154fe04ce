import type { Bench } from '../harness/definition.ts'
import { apply } from './apply.ts'
import { cli } from './cli.ts'
import { deleteBranching } from './delete-branching.ts'
import { deleteMerge } from './delete-merge.ts'
import { depth } from './depth.ts'
import { production } from './production.ts'
import { standard } from './standard.ts'

export const bench: Bench = {
  name: 'checkpoint',
  cases: [standard, production, apply, deleteMerge, deleteBranching, depth, cli],
}
