import type { GuestFacts } from '../../guest/guest-facts.ts'
import type { Checkpoint } from '../../inventory/checkpoint.ts'
import type { VmDocument } from '../../inventory/document.ts'
import { type Guard, guards } from '../../vm/guards.ts'
import { type Signature, signatures } from './signatures.ts'

/** What speaks for each guard; a guard that nothing speaks for has an empty list. */
export type Evidence = Readonly<Record<Guard, readonly string[]>>

export interface Grounds {
  readonly document: Pick<VmDocument, 'tags' | 'checkpoints'>
  /** Names of the groups that the VM is in. */
  readonly groups: readonly string[]
  /** What the guest said last; null when it never did. */
  readonly facts: GuestFacts | null
  /** The checkpoint that is to be applied; null when none is. */
  readonly target: Checkpoint | null
}

/** Other names of guards in tags. */
const shortNames: Readonly<Record<string, Guard>> = {
  dc: 'domain-controller',
  cluster: 'cluster-member',
  db: 'database',
  replicated: 'replicated-application',
  replica: 'replicated-application',
  'multi-tier': 'multi-tier-application',
}

const mostSigns = 3

/** Looks for roles by tag, in what the guest said, in what a checkpoint recorded, and by membership of a group. */
export function findEvidence({ document, groups, facts, target }: Grounds): Evidence {
  const found = new Map<Guard, Set<string>>(guards.map((guard) => [guard, new Set()]))
  const add = (guard: Guard, evidence: string) => found.get(guard)?.add(evidence)
  for (const tag of document.tags) {
    const guard = guardOfTag(tag)
    if (guard) add(guard, `the tag "${tag}"`)
  }
  if (facts) {
    if (facts.isDomainController) add('domain-controller', 'Windows says that it is one')
    for (const signature of signatures) {
      const signs = signsOf(signature, facts)
      if (signs.length > 0) add(signature.guard, `${signature.product} (${signs.join(', ')})`)
    }
  }
  for (const group of groups) add('multi-tier-application', `the group "${group}"`)
  for (const { group } of target ? [target] : document.checkpoints) {
    if (group) add('multi-tier-application', `the group "${group.groupName}"`)
  }
  for (const { guard, evidence } of target?.record.guards ?? []) {
    if (found.get(guard)?.size === 0) add(guard, `when the checkpoint was created: ${evidence}`)
  }
  const listOf = (guard: Guard) => [...(found.get(guard) ?? [])]
  return {
    'domain-controller': listOf('domain-controller'),
    'cluster-member': listOf('cluster-member'),
    database: listOf('database'),
    'replicated-application': listOf('replicated-application'),
    'multi-tier-application': listOf('multi-tier-application'),
  }
}

/** `role:domain-controller`, `Role: DC`; membership of a group is one, too: `group:shop`. */
function guardOfTag(tag: string): Guard | undefined {
  const [, kind, value = ''] = /^\s*(role|group)\s*:\s*(.+?)\s*$/i.exec(tag) ?? []
  if (kind === undefined) return undefined
  if (kind.toLowerCase() === 'group') return 'multi-tier-application'
  const name = value.toLowerCase()
  return (
    guards.find((guard) => guard === name) ?? (Object.hasOwn(shortNames, name) ? shortNames[name] : undefined)
  )
}

/** What of a signature is there, in words; empty when it is not enough. */
function signsOf(
  { programs = [], services = [], marks = [], ports = [] }: Signature,
  facts: GuestFacts,
): string[] {
  const running = facts.programs.filter((name) => matches(programs, name))
  const marked = facts.marks.filter((mark) => marks.includes(mark))
  const known = facts.services.filter((name) => matches(services, name))
  const listening = ports.length > 0 && ports.every((port) => facts.listeningPorts.includes(port))
  return [
    ...[...running, ...marked].slice(0, mostSigns).map((name) => `"${name}" runs`),
    ...known.slice(0, mostSigns).map((name) => `service "${name}"`),
    ...(listening ? [`port ${ports.join(', ')} is open`] : []),
  ]
}

const matches = (patterns: readonly string[], name: string) =>
  patterns.some((pattern) =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
  )
