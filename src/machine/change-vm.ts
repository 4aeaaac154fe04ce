import { rm } from 'node:fs/promises'
import { neverAborted } from '../core/cancel.ts'
import { removeFile } from '../core/durable-file.ts'
import { StillpointError } from '../core/error.ts'
import type { VmId } from '../core/ids.ts'
import type { Layer } from '../disk/layer.ts'
import type { VmDocument } from '../inventory/document.ts'
import { namedLayers } from '../inventory/references.ts'
import { type Hardware, offersGenerationDevice } from '../vm/config.ts'
import { checkedName } from '../vm/name.ts'
import type { Settings } from '../vm/settings.ts'
import { tagsAfter } from '../vm/tags.ts'
import { requireFreeName } from './create-vm.ts'
import { prepareLocations, removeLocationOf } from './location.ts'
import type { Machines } from './machines.ts'

export interface VmChange {
  readonly name?: string | undefined
  readonly hardware?: Partial<
    Pick<Hardware, 'memoryMiB' | 'memoryBacking' | 'cpus' | 'network' | 'display' | 'generationDevice'>
  >
  readonly settings?: Partial<Settings>
  readonly tags?: readonly string[] | undefined
}

/**
 * Changes what is given. Hardware can be changed only while the VM is off, and waits for the VM's turn, as the checkpoint
 * location does; name, settings and tags are in force at once, whatever works on the VM.
 * Errors: `vm_state`, `name_taken`, `invalid_name`; for a checkpoint location those of `prepareLocations`.
 */
export async function changeVm(machines: Machines, vmId: VmId, change: VmChange): Promise<VmDocument> {
  const { inventory } = machines.deps
  const location = change.settings?.checkpointLocation
  const changesHardware = change.hardware !== undefined && Object.keys(change.hardware).length > 0
  if (changesHardware || location !== undefined) {
    return await machines.turn(vmId, neverAborted, async () => {
      if (changesHardware) await machines.require(vmId, 'change-hardware')
      if (change.hardware?.generationDevice) requireGenerationDevice(inventory.get(vmId))
      const moving =
        location === undefined
          ? null
          : await prepareLocations(machines, [vmId], location, { isOurTurn: true })
      try {
        const changed = changeAtOnce(machines, vmId, change)
        await inventory.settled(vmId)
        await moving?.leaveOld()
        return changed
      } catch (error) {
        await moving?.undo()
        throw error
      }
    })
  }
  const changed = changeAtOnce(machines, vmId, change)
  await inventory.settled(vmId)
  return changed
}

function changeAtOnce(machines: Machines, vmId: VmId, change: VmChange): VmDocument {
  const { inventory } = machines.deps
  const name = change.name === undefined ? inventory.get(vmId).name : checkedName('VM', change.name)
  requireFreeName(machines, name, vmId)
  return inventory.changeNow(vmId, (document) => ({
    ...document,
    name,
    hardware: { ...document.hardware, ...change.hardware },
    settings: { ...document.settings, ...change.settings },
    tags: tagsAfter(document, { tags: change.tags, addTags: [], removeTags: [] }),
  }))
}

function requireGenerationDevice({ name, hardware }: VmDocument): void {
  if (offersGenerationDevice(hardware.machineType)) return
  throw new StillpointError(
    'invalid_request',
    `VM "${name}" has the machine type "${hardware.machineType}", for which QEMU offers no generation device.`,
  )
}

/**
 * Removes a VM that is off, with its checkpoints and its folder; images in use by link stay where they
 * are. Errors: `vm_state`; `io_error` when the folder could not be removed after the record was.
 */
export async function removeVm(machines: Machines, vmId: VmId, signal: AbortSignal): Promise<void> {
  await machines.turn(vmId, signal, async () => {
    const { inventory, folders } = machines.deps
    const document = inventory.get(vmId)
    const { name } = document
    await machines.require(vmId, 'remove')
    machines.leases.requireNone(vmId, name)
    requireNoHalfMergedImage(inventory.get(vmId))
    // Without its copy in the folder, what a crash leaves of it is never taken for a VM again.
    await removeFile(folders.vmJson(vmId))
    await inventory.remove(vmId)
    machines.broken.delete(vmId)
    try {
      await removeLocationOf(machines, document)
      await rm(folders.vm(vmId), { recursive: true, force: true })
    } catch (cause) {
      throw new StillpointError(
        'io_error',
        `VM "${name}" was removed, but its folder "${folders.vm(vmId)}" could not be.`,
        { cause },
      )
    }
  })
}

/** A merge that has begun has written to the user's own image: cut off there, it would hold two instants at once. */
function requireNoHalfMergedImage(document: VmDocument): void {
  const named = namedLayers(document)
  const half = Object.values<Layer>(document.layers).find((layer) => layer.linked && !named.has(layer.id))
  if (!half) return
  throw new StillpointError(
    'vm_state',
    `VM "${document.name}" cannot be removed while its own image "${half.file}" is being merged into; wait for that, or go on with it: stillpoint checkpoint merge.`,
  )
}
