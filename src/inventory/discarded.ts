import { StillpointError } from '../core/error.ts'
import type { CheckpointId } from '../core/ids.ts'
import { limits } from '../vm/config.ts'
import { withoutFigures } from './checkpoint.ts'
import type { DiscardedState, VmDocument } from './document.ts'
import { withoutNeedlessImages } from './memory-images.ts'

export const mostDiscarded = limits.discardedStates.max

/** What the VM holds now, as a hidden branch; its memory is added when it has been saved. */
export function discardedFrom(
  document: VmDocument,
  about: {
    readonly id: CheckpointId
    readonly at: Date
    readonly applied: string
    readonly cause: DiscardedState['cause']
    readonly powerState: DiscardedState['powerState']
    readonly qemuVersion: string | null
    readonly tpmState: string | null
  },
): DiscardedState {
  const { settings, hardware, active, nowParentId, offConsistency } = document
  const { id, at, applied, cause, powerState, qemuVersion, tpmState } = about
  const hourMs = 3_600_000
  return {
    state: {
      id,
      parentId: nowParentId,
      name: cause === 'apply' ? `Before “${applied}” was applied` : 'Before an apply was undone',
      notes: '',
      kind: 'offline',
      createdAt: at.toISOString(),
      hardware,
      disks: active,
      memory: null,
      tpmState,
      automatic: false,
      expiresAt: null,
      group: null,
      record: {
        ...withoutFigures,
        fallbackReason: null,
        guards: [],
        policy: settings.checkpointPolicy,
        consistency: powerState === 'off' ? offConsistency : 'crash',
        qemuVersion,
      },
    },
    expiresAt: new Date(at.getTime() + settings.undoHours * hourMs).toISOString(),
    applied,
    cause,
    powerState,
  }
}

/**
 * The state that a guest is being loaded from: it is kept until all of its memory is there, for nothing else holds the
 * instant should the guest end before.
 */
export function broughtBack({ discarded, instance }: VmDocument): DiscardedState | undefined {
  const file = instance?.loading?.file
  return discarded.find(({ state }) => state.memory !== null && state.memory.file === file)
}

/** The document with one discarded state more, and without the one that is brought back; the oldest go when there are too many. */
export function withDiscarded(
  document: VmDocument,
  discarded: DiscardedState | null,
  undone: CheckpointId | null,
): VmDocument {
  const all = discarded ? [...document.discarded, discarded] : document.discarded
  const surplus = all.filter(({ state }) => state.id !== undone).slice(0, -mostDiscarded)
  const removed = surplus.map(({ state }) => state.id)
  const next = { ...document, discarded: all }
  const goesNow = undone !== null && broughtBack(next) === undefined
  return withoutDiscarded(next, goesNow ? [...removed, undone] : removed)
}

/** The document without these discarded states. Their layers and images go once nothing else needs them. */
export function withoutDiscarded(document: VmDocument, ids: readonly CheckpointId[]): VmDocument {
  const removed = document.discarded.filter(({ state }) => ids.includes(state.id))
  return withoutNeedlessImages({
    ...document,
    discarded: document.discarded.filter(({ state }) => !ids.includes(state.id)),
    keptImages: [...document.keptImages, ...removed.flatMap(({ state }) => state.memory?.file ?? [])],
    garbage: [...document.garbage, ...removed.flatMap(({ state }) => state.tpmState ?? [])],
  })
}

/** Those whose time is over. */
export function expiredDiscarded({ discarded }: VmDocument, now: Date): CheckpointId[] {
  return discarded
    .filter(({ expiresAt }) => new Date(expiresAt).getTime() <= now.getTime())
    .map(({ state }) => state.id)
}

/** What an undo brings back: the newest that an apply discarded; undefined when there is none. */
export function undoable(document: VmDocument): DiscardedState | undefined {
  const loading = broughtBack(document)
  return document.discarded.findLast((each) => each.cause === 'apply' && each !== loading)
}

/** The discarded state with this id, or the one that an undo brings back. Error: `nothing_to_undo`. */
export function findDiscarded(document: VmDocument, id: string | null): DiscardedState {
  const found = id === null ? undoable(document) : document.discarded.find(({ state }) => state.id === id)
  if (found) return found
  const ids = document.discarded.map(({ state }) => `${state.id} (${state.createdAt})`).join(', ')
  const present = ids === '' ? 'nothing is kept' : `kept are ${ids}`
  throw new StillpointError(
    'nothing_to_undo',
    id === null
      ? `VM "${document.name}" has no apply that can be undone; ${present}. ${whyNone(document)}`
      : `VM "${document.name}" keeps no discarded state "${id}"; ${present}.`,
  )
}

function whyNone({ settings }: VmDocument): string {
  return settings.undoHours === 0
    ? 'Its undo time is 0 hours, so applies discard for good.'
    : `What an apply discards is kept for ${settings.undoHours} hours.`
}
