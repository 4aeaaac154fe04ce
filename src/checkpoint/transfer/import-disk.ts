import { stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { StillpointError } from '../../core/error.ts'
import { asId, type DiskId, type LayerId, type VmId } from '../../core/ids.ts'
import type { Layer } from '../../disk/layer.ts'
import { readImageHeader } from '../../disk/qcow2-header.ts'
import type { Machines } from '../../machine/machines.ts'
import type { ImportCopier } from './import-copier.ts'
import { exportInvalid } from './import-folder.ts'
import type { ExportedLayer, Manifest } from './manifest.ts'

/** The layers of one disk in the new VM, the base first; their headers name each other. Errors: `export_invalid`, `image_invalid`, those of copying. */
export async function importDisk(
  machines: Machines,
  copier: ImportCopier,
  vmId: VmId,
  { id, layers: exported }: Manifest['disks'][number],
): Promise<Layer[]> {
  const { folders, images, ids } = machines.deps
  const diskId = asId<DiskId>(id)
  const layers: Layer[] = []
  for (const [index, each] of exported.entries()) {
    const layerId = ids.next<LayerId>()
    const parent = layers.at(-1) ?? null
    const layer: Layer = {
      id: layerId,
      diskId,
      file: folders.layer(vmId, diskId, layerId, each.format),
      format: each.format,
      parentId: parent?.id ?? null,
      virtualSizeBytes: each.virtualSizeBytes,
      linked: false,
    }
    await copier.copy(each.file, layer.file)
    await requireHarmless(copier.folder, each, exported[index - 1] ?? null, layer)
    await images.check(layer.file, layer.format)
    if (parent) await images.renameParent(layer, parent)
    layers.push(layer)
  }
  return layers
}

/**
 * A header can name any file of the host: only the layer below may be named. It is that of the copy, which nobody else
 * can change. What a raw image holds is the guest's own business, whatever it looks like.
 */
async function requireHarmless(
  folder: string,
  exported: ExportedLayer,
  below: ExportedLayer | null,
  { file, format }: Layer,
): Promise<void> {
  const fail = (what: string) => exportInvalid(folder, `disk image "${exported.file}" ${what}`)
  const requireSize = (bytes: number) => {
    if (bytes !== exported.virtualSizeBytes)
      throw fail(`has a size of ${bytes} bytes, and had ${exported.virtualSizeBytes}`)
  }
  if (format === 'raw') {
    requireSize((await stat(file)).size)
    return
  }
  const header = await readImageHeader(file)
  if (header.format !== 'qcow2') throw fail('is not a qcow2 image')
  if (header.encrypted) throw fail('is encrypted')
  requireSize(header.virtualSizeBytes)
  const named = below && basename(below.file)
  if (!header.externalData && header.backingFile === named) return
  const what = header.externalData ? 'a data file' : `"${header.backingFile}"`
  const wanted = named === null ? 'it must stand alone' : `it must stand on "${named}" and nothing else`
  throw new StillpointError(
    'image_refers_elsewhere',
    `Disk image "${join(folder, exported.file)}" refers to ${what}; ${wanted}.`,
    { details: { path: join(folder, exported.file) } },
  )
}
