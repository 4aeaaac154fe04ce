import type { CheckpointView } from '../../../contract/checkpoint.ts'
import type { VmView } from '../../../contract/vm.ts'
import { limits } from '../../../vm/config.ts'
import { kindOf } from '../../actions/checkpoint-kind.ts'
import { badgeOf } from '../../checkpoints/words.ts'
import { bytes } from '../../ui/format.ts'
import { sentenceOf } from '../../ui/words.ts'
import type { Fact } from './facts.tsx'
import { offWords, undoWords, when } from './state-words.ts'

/** What applying a checkpoint does to the VM as it is. `parent`: that Now hangs under; undefined: none. */
export function applyFacts(
  vm: VmView,
  checkpoint: CheckpointView,
  parent: CheckpointView | undefined,
  nowMs: number,
): Fact[] {
  const changes = hardwareChanges(vm, checkpoint)
  return [
    {
      label: 'Brings back',
      text: `${when(checkpoint.createdAt, nowMs)}, ${badgeOf(checkpoint).join(', ')}`,
    },
    { label: 'Afterwards', text: afterwards(vm, checkpoint) },
    {
      label: 'Discards',
      text: `What changed since ${when(changedSince(vm, parent), nowMs)}, unless a checkpoint is created first. All checkpoints stay.`,
    },
    undoFact(vm, nowMs),
    checkpointFact(vm),
    ...(changes.length === 0 ? [] : [{ label: 'Hardware', text: sentenceOf(changes.join('; ')) }]),
  ]
}

/** Since when no checkpoint holds what the VM holds: its last apply counts where it was of that checkpoint. */
export function changedSince({ createdAt, lastApply }: VmView, parent: CheckpointView | undefined): string {
  if (!parent) return createdAt
  const isApplied = lastApply?.checkpointName === parent.name && lastApply.at > parent.createdAt
  return isApplied ? lastApply.at : parent.createdAt
}

function afterwards({ state }: VmView, { kind, record }: CheckpointView): string {
  if (kind === 'standard') return 'The VM runs on from that exact instant.'
  return offWords(state, record.consistency)
}

function undoFact({ state, settings: { undoHours } }: VmView, nowMs: number): Fact {
  if (undoHours === 0) {
    return {
      label: 'Undo',
      text: 'Not possible: the undo time of this VM is 0 hours. Only a checkpoint keeps its current state.',
      isWarning: true,
    }
  }
  const hasMemory = state === 'running' || state === 'paused'
  const memory = hasMemory ? ' Its memory is kept, too, where the host has room for both.' : ''
  return {
    label: 'Undo',
    text: `Possible ${undoWords(undoHours, limits.discardedStates.max, nowMs)}${memory}`,
  }
}

function checkpointFact(vm: VmView): Fact {
  const label = 'Checkpoint first'
  const choice = kindOf(vm)
  if (choice.kind === null) return { label, text: `Not possible: ${choice.reason}.`, isWarning: true }
  const words = {
    offline: 'an offline checkpoint',
    standard: 'a standard checkpoint, with memory',
    production: 'a production checkpoint, without memory',
  }[choice.kind]
  const fallback = choice.fallback === null ? '' : `; a ${choice.fallback} one if the guest cannot take part`
  return { label, text: `Keeps the current state in the tree instead, as ${words}${fallback}.` }
}

function hardwareChanges(vm: VmView, checkpoint: CheckpointView): string[] {
  const had = new Set(checkpoint.disks)
  const present = new Set(vm.disks.map(({ id }) => id))
  const size = (mib: number) => bytes(mib * 1024 * 1024)
  return [
    ...(vm.memoryMiB === checkpoint.memoryMiB
      ? []
      : [`memory ${size(checkpoint.memoryMiB)} instead of ${size(vm.memoryMiB)}`]),
    ...(vm.cpus === checkpoint.cpus ? [] : [`${processors(checkpoint.cpus)} instead of ${vm.cpus}`]),
    ...vm.disks
      .filter(({ id }) => !had.has(id))
      .map(
        ({ id, virtualSizeBytes }) =>
          `disk ${id} (${bytes(virtualSizeBytes)}), which was added since, goes with the current state`,
      ),
    ...checkpoint.disks.filter((id) => !present.has(id)).map((id) => `disk ${id} comes back`),
  ]
}

const processors = (count: number) => (count === 1 ? '1 processor' : `${count} processors`)
