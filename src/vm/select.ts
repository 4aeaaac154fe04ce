import { StillpointError } from '../core/error.ts'
import { nameKey } from './name.ts'
import { hasWildcards, nameMatcher } from './wildcard.ts'

/** Which VMs are meant. Names and tags together narrow each other: VMs that have one of the names and one of the tags. */
export interface Selection {
  /** All of them; nothing else is given then. */
  readonly all?: boolean | undefined
  /** Names, patterns (`web*`, `db0?`, `db0[1-3]`) or ids; one of them is enough. */
  readonly names?: readonly string[] | undefined
  /** One of them is enough. */
  readonly tags?: readonly string[] | undefined
}

export interface Selectable {
  readonly id: string
  readonly name: string
  readonly tags: readonly string[]
}

/**
 * The VMs that are meant, each once, in the order of `vms`. Without regard to case; a name that is written like a
 * pattern is found by its name first.
 * Errors: `vm_not_found` when a name, a pattern or a tag means no VM, or all together mean none; `invalid_request`
 * when nothing was selected, or everything and something.
 */
export function selectVms<Vm extends Selectable>(vms: readonly Vm[], selection: Selection): Vm[] {
  const { all = false, names = [], tags = [] } = selection
  if (all !== (names.length + tags.length === 0)) {
    throw new StillpointError(
      'invalid_request',
      all
        ? 'All VMs were selected, and some by name or tag; say one or the other.'
        : 'No VM was selected; give names, patterns, tags, or say that all are meant.',
    )
  }
  if (all) return [...vms]
  const byName = names.length === 0 ? null : withNames(vms, names)
  const byTag = tags.length === 0 ? null : withTags(vms, tags)
  const found = vms.filter((vm) => (byName?.has(vm) ?? true) && (byTag?.has(vm) ?? true))
  if (found.length > 0) return found
  throw new StillpointError(
    'vm_not_found',
    `None of the VMs with these names has ${tags.length === 1 ? 'the tag' : 'one of the tags'} ${quoted(tags)}.`,
  )
}

function withNames<Vm extends Selectable>(vms: readonly Vm[], names: readonly string[]): Set<Vm> {
  const byKey = new Map<string, Vm>()
  for (const vm of vms) byKey.set(nameKey(vm.name), vm)
  const byId = new Map(vms.map((vm) => [vm.id, vm]))
  const unknown: string[] = []
  const found = names.flatMap((name) => {
    const one = byId.get(name) ?? byKey.get(nameKey(name.trim()))
    if (one) return [one]
    const matches = hasWildcards(name) ? nameMatcher(name.trim()) : () => false
    const several = vms.filter((vm) => matches(vm.name))
    if (several.length === 0) unknown.push(name)
    return several
  })
  if (unknown.length === 0) return new Set(found)
  const [first = ''] = unknown
  throw new StillpointError(
    'vm_not_found',
    unknown.length === 1
      ? hasWildcards(first)
        ? `No VM has a name that matches "${first}"; nothing was done.`
        : `There is no VM "${first}"; nothing was done.`
      : `There are no VMs ${quoted(unknown)}; nothing was done.`,
    { details: { names: unknown } },
  )
}

function withTags<Vm extends Selectable>(vms: readonly Vm[], tags: readonly string[]): Set<Vm> {
  const wanted = new Map(tags.map((tag) => [nameKey(tag.trim()), tag]))
  const found = vms.filter((vm) => vm.tags.some((tag) => wanted.has(nameKey(tag))))
  for (const vm of found) for (const tag of vm.tags) wanted.delete(nameKey(tag))
  if (wanted.size === 0) return new Set(found)
  throw new StillpointError(
    'vm_not_found',
    `No VM has the tag ${quoted([...wanted.values()])}; nothing was done.`,
    {
      details: { tags: [...wanted.values()] },
    },
  )
}

/** At most five of them. */
function quoted(texts: readonly string[]): string {
  const shown = texts.slice(0, 5).map((text) => `"${text}"`)
  return `${shown.join(', ')}${texts.length > shown.length ? ` and ${texts.length - shown.length} more` : ''}`
}
