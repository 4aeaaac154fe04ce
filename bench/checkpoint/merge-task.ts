import type { DeleteResult } from '../../src/contract/checkpoint.ts'
import { allocatedBytes } from '../../src/core/durable-file.ts'
import { nowMs } from '../harness/heartbeat.ts'
import type { StillpointGuest } from './stillpoint-guest.ts'

export interface Deleted {
  /** Until the checkpoint is gone from the tree. */
  readonly deleteMs: number
  /** Until nothing is left to merge. */
  readonly totalMs: number
  /** Of the merges, in order. */
  readonly directions: readonly string[]
  /** What the merges copied at most, by their own account. */
  readonly copiedBytes: number
  /** From the start of the merge task to its end; 0 without one. */
  readonly mergeMs: number
}

/** Deletes a checkpoint and follows the merges that come of it to their end. */
export async function deleteAndMerge(guest: StillpointGuest, checkpointId: string): Promise<Deleted> {
  const { client } = guest.daemon
  const startedMs = nowMs()
  const deleted = await guest.daemon.done(
    client.deleteCheckpoint(guest.vm.name, checkpointId, { subtree: false }),
  )
  const deleteMs = nowMs() - startedMs
  const { mergeTaskId } = deleted.result as DeleteResult // of a checkpoint.delete task
  if (mergeTaskId === null)
    return { deleteMs, totalMs: nowMs() - startedMs, directions: [], copiedBytes: 0, mergeMs: 0 }
  const task = await guest.daemon.done(client.showTask(mergeTaskId))
  const { copiedBytes } = task.result as { copiedBytes: number } // of a merge task
  const directions = task.log.flatMap(
    ({ message }) => /^merging layer \S+ (down|up)/.exec(message)?.[1] ?? [],
  )
  const mergeMs = Date.parse(task.endedAt ?? '') - Date.parse(task.startedAt ?? '')
  return { deleteMs, totalMs: nowMs() - startedMs, directions, copiedBytes, mergeMs }
}

/** What the sealed layers occupy, by file: the active ones are the guest's to write. */
export async function sealedSizes(guest: StillpointGuest): Promise<Map<string, number>> {
  const { layers, active } = await guest.vm.document()
  const activeIds = new Set<string>(Object.values(active))
  const sizes = new Map<string, number>()
  for (const { id, file } of Object.values(layers)) {
    if (!activeIds.has(id)) sizes.set(file, (await allocatedBytes(file)) ?? 0)
  }
  return sizes
}
