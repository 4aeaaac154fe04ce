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
import { requireFreeName } from './create-vm.ts'
import type { Machines } from './machines.ts'

export interface VmChange {
  readonly name?: string | undefined
  readonly hardware?: Partial<
    Pick<Hardware, 'memoryMiB' | 'memoryBacking' | 'cpus' | 'network' | 'display' | 'generationDevice'>
  >
  readonly settings?: Partial<Settings>
  readonly tags?: readonly string[] | undefined
}

/** Changes what is given. Hardware can be changed only while the VM is off. Errors: `vm_state`, `name_taken`, `invalid_name`. */
export async function changeVm(machines: Machines, vmId: VmId, change: VmChange): Promise<VmDocument> {
  return await machines.turn(vmId, neverAborted, async () => {
    const { inventory } = machines.deps
    if (change.hardware && Object.keys(change.hardware).length > 0)
      await machines.require(vmId, 'change-hardware')
    if (change.hardware?.generationDevice) requireGenerationDevice(inventory.get(vmId))
    const name = change.name === undefined ? inventory.get(vmId).name : checkedName('VM', change.name)
    requireFreeName(machines, name, vmId)
    return await inventory.change(vmId, (document) => ({
      ...document,
      name,
      hardware: { ...document.hardware, ...change.hardware },
      settings: { ...document.settings, ...change.settings },
      tags: change.tags ?? document.tags,
    }))
  })
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
    const { name } = inventory.get(vmId)
    await machines.require(vmId, 'remove')
    machines.leases.requireNone(vmId, name)
    requireNoHalfMergedImage(inventory.get(vmId))
    // Without its copy in the folder, what a crash leaves of it is never taken for a VM again.
    await removeFile(folders.vmJson(vmId))
    inventory.remove(vmId)
    machines.broken.delete(vmId)
    await rm(folders.vm(vmId), { recursive: true, force: true }).catch((cause) => {
      throw new StillpointError(
        'io_error',
        `VM "${name}" was removed, but its folder "${folders.vm(vmId)}" could not be.`,
        { cause },
      )
    })
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
