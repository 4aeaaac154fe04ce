import type { CheckpointView } from '../../contract/checkpoint.ts'
import type { VmView } from '../../contract/vm.ts'
import { StillpointError } from '../../core/error.ts'
import { sameName } from '../../vm/name.ts'
import { hasWildcards, nameMatcher } from '../../vm/wildcard.ts'
import type { Bound } from './binding/bound.ts'
import type { Input } from './binding/input.ts'
import type { Session } from './session.ts'

export interface VmTarget {
  readonly id: string
  readonly name: string
}

export interface CheckpointTarget {
  readonly vm: VmTarget
  readonly checkpoint: CheckpointView
  /** All of the VM. */
  readonly all: readonly CheckpointView[]
}

/**
 * The VMs that `-VM` or `-Name`, or `-VMName`, name, each once, in the order of their naming. What names none is told
 * as an error. `names` is the parameter of names where it is not the one of VMs.
 */
export async function vmTargets(session: Session, bound: Bound, names = 'Name'): Promise<VmTarget[]> {
  return await vmsOf(session, [...bound.inputs('VM'), ...bound.inputs(names)])
}

export async function vmsOf(session: Session, inputs: readonly Input[]): Promise<VmTarget[]> {
  const client = await session.client()
  const sole = inputs.length === 1 ? inputs.map(plainName)[0] : null
  const needsList = inputs.some((each) => each.kind === 'text' || ('id' in each && each.id === null))
  // Their names, without a look at their files.
  const listed = () => client.showSettings({ all: true })
  const known: readonly VmTarget[] = sole ? [await client.showVm(sole)] : needsList ? await listed() : []
  const found = new Map<string, VmTarget>()
  await session.each(inputs, async (input) => {
    // An object is taken at its word.
    const isKnown = input.kind === 'vm' && input.id !== null
    const vms = isKnown ? [{ id: input.id, name: input.name ?? input.id }] : vmsNamed(known, input)
    for (const { id, name } of vms) found.set(id, { id, name })
  })
  return [...found.values()]
}

/** The name that is to be looked for as it is. */
function plainName(input: Input): string | null {
  if (input.kind === 'vm') return input.id === null ? input.name : null
  return input.kind === 'text' && !hasWildcards(input.text) ? input.text.trim() : null
}

/** Those of `vms` that are meant. Error: `vm_not_found`, unless there `mayBeNone`. */
export function vmsNamed<Vm extends VmTarget>(
  vms: readonly Vm[],
  input: Input,
  mayBeNone = false,
): readonly Vm[] {
  const text = input.kind === 'vm' ? (input.name ?? '') : 'text' in input ? input.text.trim() : ''
  const exact = vms.find(({ id, name }) => id === text || sameName(name, text))
  if (exact) return [exact]
  const matches = input.kind === 'text' && hasWildcards(text) ? nameMatcher(text) : () => false
  const found = vms.filter(({ name }) => matches(name))
  if (found.length > 0 || mayBeNone) return found
  throw new StillpointError(
    'vm_not_found',
    hasWildcards(text) ? `No VM has a name that matches "${text}".` : `There is no VM "${text}".`,
    { details: { vm: text } },
  )
}

/** The views of VMs; for -Passthru and Get-VM. */
export async function viewOf(session: Session, { id }: VmTarget): Promise<VmView> {
  return await (await session.client()).showVm(id)
}

/** The checkpoint that a cmdlet for one is about. */
export async function checkpointTarget(session: Session, bound: Bound): Promise<CheckpointTarget> {
  const [object] = bound.inputs('VMSnapshot')
  if (object) return await checkpointOf(session, object)
  const [vm] = await vmsOf(session, vmOf(bound))
  const text = bound.text('Name') ?? ''
  const [found, ...others] = vm ? await checkpointsNamed(session, vm, text) : []
  if (found && others.length === 0) return found
  throw new StillpointError(
    'name_ambiguous',
    `${others.length + 1} checkpoints of VM "${vm?.name}" match "${text}"; name one of them.`,
  )
}

/** `-VM` or `-VMName` of a cmdlet for one VM; the latter is a name as it is, not a pattern. */
function vmOf(bound: Bound): readonly Input[] {
  const name = bound.text('VMName')
  return name === undefined ? bound.inputs('VM') : [{ kind: 'vm', id: null, name }]
}

/**
 * The checkpoints that `-VMSnapshot`, or `-Name` with `-VM` or `-VMName`, name, each once; all of the VM without a name.
 * What names none is told as an error.
 */
export async function checkpointTargets(session: Session, bound: Bound): Promise<CheckpointTarget[]> {
  const targets: CheckpointTarget[] = []
  await session.each(bound.inputs('VMSnapshot'), async (input) => {
    targets.push(await checkpointOf(session, input))
  })
  const vms = bound.has('VMSnapshot') ? [] : await vmTargets(session, bound, 'VMName')
  const names = bound.texts('Name')
  await session.each(vms, async (vm) => {
    if (!names) targets.push(...(await checkpointsOf(session, vm)))
    await session.each(names ?? [], async (name) => {
      // Of several VMs, those that have some that match are meant.
      const found = await checkpointsNamed(session, vm, name, vms.length > 1 && hasWildcards(name))
      targets.push(...found)
    })
  })
  return [...new Map(targets.map((target) => [target.checkpoint.id, target])).values()]
}

/** A checkpoint as it was printed, or its id. Errors: `vm_not_found`, `checkpoint_not_found`. */
export async function checkpointOf(session: Session, input: Input): Promise<CheckpointTarget> {
  const client = await session.client()
  if (input.kind === 'checkpoint') {
    const { id, name } = await client.showVm(input.vm)
    const all = await client.listCheckpoints(id)
    const checkpoint = all.find((each) =>
      input.id === null ? sameName(each.name, input.name ?? '') : each.id === input.id,
    )
    if (checkpoint) return { vm: { id, name }, checkpoint, all }
    throw checkpointNotFound({ id, name }, input.name ?? input.id ?? '')
  }
  const text = 'text' in input ? input.text.trim() : (input.id ?? '')
  for (const { id, name } of await client.showSettings({ all: true })) {
    const all = await client.listCheckpoints(id)
    const checkpoint = all.find((each) => each.id === text)
    if (checkpoint) return { vm: { id, name }, checkpoint, all }
  }
  throw new StillpointError('checkpoint_not_found', `There is no checkpoint with the id "${text}".`)
}

/**
 * The checkpoints of a VM with this name or id; several only by wildcards. Errors: `checkpoint_not_found`, unless
 * there `mayBeNone`; `name_ambiguous` for one name that several have.
 */
export async function checkpointsNamed(
  session: Session,
  vm: VmTarget,
  text: string,
  mayBeNone = false,
): Promise<CheckpointTarget[]> {
  const targets = await checkpointsOf(session, vm)
  const byId = targets.filter(({ checkpoint }) => checkpoint.id === text)
  if (byId.length > 0) return byId
  const exact = targets.filter(({ checkpoint }) => sameName(checkpoint.name, text.trim()))
  if (exact.length > 1) {
    throw new StillpointError(
      'name_ambiguous',
      `VM "${vm.name}" has ${exact.length} checkpoints named "${text}"; use an id: ${exact.map(({ checkpoint }) => checkpoint.id).join(', ')}.`,
    )
  }
  const matches = hasWildcards(text) ? nameMatcher(text.trim()) : () => false
  const found = exact.length > 0 ? exact : targets.filter(({ checkpoint }) => matches(checkpoint.name))
  if (found.length === 0 && !mayBeNone) throw checkpointNotFound(vm, text)
  return found
}

export async function checkpointsOf(session: Session, vm: VmTarget): Promise<CheckpointTarget[]> {
  const all = await (await session.client()).listCheckpoints(vm.id)
  return all.map((checkpoint) => ({ vm, checkpoint, all }))
}

function checkpointNotFound(vm: VmTarget, text: string): StillpointError {
  return new StillpointError('checkpoint_not_found', `VM "${vm.name}" has no checkpoint "${text}".`, {
    details: { vm: vm.name, checkpoint: text },
  })
}
