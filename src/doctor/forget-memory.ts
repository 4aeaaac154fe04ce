import { stat } from 'node:fs/promises'
import { StillpointError } from '../core/error.ts'
import type { VmId } from '../core/ids.ts'
import type { Checkpoint } from '../inventory/checkpoint.ts'
import type { VmDocument } from '../inventory/document.ts'
import { neededImageFiles } from '../inventory/memory-images.ts'
import { statesOf } from '../inventory/references.ts'
import type { Machines } from '../machine/machines.ts'
import { quarantine } from './quarantine.ts'

/**
 * The checkpoint whose memory image is lost becomes one without memory, and its record says why. What is left of the
 * image goes to the quarantine, unless others are read from it.
 */
export async function forgetMemory(machines: Machines, vmId: VmId, file: string): Promise<string> {
  const { inventory, clock } = machines.deps
  const owner = statesOf(inventory.get(vmId)).find(({ memory }) => memory?.file === file)
  if (!owner)
    throw new StillpointError(
      'checkpoint_not_found',
      `No checkpoint has the memory image "${file}" any more.`,
    )
  if (machines.leases.hasFile(vmId, file)) {
    throw new StillpointError('image_in_use', `"${file}" is being exported; wait for the end of that task.`)
  }
  const reason = `Its memory image "${file}" was lost; it was repaired at ${clock.now().toISOString()} and has no memory since.`
  const next = await inventory.change(vmId, (document) => withoutMemory(document, file, reason))
  const isThere = await stat(file).then(
    () => true,
    () => false,
  )
  const done = `Checkpoint "${owner.name}" has no memory any more; it is crash consistent.`
  if (!isThere || neededImageFiles(next).has(file)) return done
  // A rename does not lead to another file system, and a copy of what is damaged is of no use.
  if (!machines.deps.folders.isInVm(vmId, file))
    return `${done} What is left of the image stays at "${file}".`
  return `${done} What is left of the image is at "${await quarantine(machines, vmId, file)}".`
}

function withoutMemory(document: VmDocument, file: string, reason: string): VmDocument {
  const forget = (state: Checkpoint): Checkpoint =>
    state.memory?.file !== file
      ? state
      : {
          ...state,
          kind: 'offline',
          memory: null,
          record: { ...state.record, consistency: 'crash', captureReason: null, fallbackReason: reason },
        }
  const next = {
    ...document,
    checkpoints: document.checkpoints.map(forget),
    discarded: document.discarded.map((each) => ({ ...each, state: forget(each.state) })),
  }
  // Images that hold pages of others stay on record while those are there.
  const images = new Set([...next.keptImages, file])
  const needed = neededImageFiles(next)
  return { ...next, keptImages: [...images].filter((each) => needed.has(each)) }
}
