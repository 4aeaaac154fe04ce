import { type FileSpace, requireSpaceFor } from '../../core/free-space.ts'
import type { VmId } from '../../core/ids.ts'
import { KIB, MIB } from '../../core/units.ts'
import type { Layer } from '../../disk/layer.ts'
import { statesOf } from '../../inventory/references.ts'
import type { Machines } from '../../machine/machines.ts'
import { residentBytes } from '../../machine/resident-bytes.ts'
import { expectedImageBytes } from './image-size.ts'

/** Header, first tables and counts of an empty qcow2 image with clusters of 64 KiB; one table entry for each 512 MiB. */
const emptyLayerBytes = 256 * KIB
const bytesPerTableEntry = 512 * MIB
/** Saving memory stops before it takes the last of a file system, which guests need for their own writes. */
const leftForGuestsBytes = 16 * MIB

export function spaceOfLayers(layers: readonly Layer[]): FileSpace[] {
  return layers.map(({ file, virtualSizeBytes }) => ({
    file,
    what: 'layers',
    bytes: emptyLayerBytes + Math.ceil(virtualSizeBytes / bytesPerTableEntry) * 8,
  }))
}

/** What an image of the VM's memory will take in `file`, and what must be left beside it. */
export async function spaceOfMemory(machines: Machines, vmId: VmId, file: string): Promise<FileSpace[]> {
  const document = machines.deps.inventory.get(vmId)
  const states = statesOf(document)
  const instance = machines.instance(vmId)
  const bytes = expectedImageBytes({
    ramBytes: document.hardware.memoryMiB * MIB,
    residentBytes: instance && (await residentBytes(instance.identity.pid)),
    earlier: states.flatMap(({ memory, hardware }) =>
      memory
        ? [
            {
              sizeBytes: memory.sizeBytes,
              ramBytes: hardware.memoryMiB * MIB,
              isDifference: memory.sources.length > 0,
            },
          ]
        : [],
    ),
    hasParent: document.nowParentId !== null && states.some(({ memory }) => memory !== null),
  })
  return [
    { file, what: 'memory', bytes },
    { file, what: 'left for the guests', bytes: leftForGuestsBytes },
  ]
}

/** Refuses, before anything is begun, a checkpoint that will not fit. Error: `disk_full` with the sum. */
export async function requireSpaceForCheckpoint(
  machines: Machines,
  vmId: VmId,
  { layers, memoryFile }: { readonly layers: readonly Layer[]; readonly memoryFile: string | null },
): Promise<void> {
  const memory = memoryFile === null ? [] : await spaceOfMemory(machines, vmId, memoryFile)
  await requireSpaceFor([...memory, ...spaceOfLayers(layers)])
}

/** Refuses layers that cannot be made. Error: `disk_full` with the sum. */
export async function requireSpaceForLayers(layers: readonly Layer[]): Promise<void> {
  await requireSpaceFor(spaceOfLayers(layers))
}
