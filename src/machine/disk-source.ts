import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { StillpointError } from '../core/error.ts'
import { requireSpace } from '../core/free-space.ts'
import { asId, type DiskId, type LayerId, type VmId } from '../core/ids.ts'
import type { Progress } from '../core/progress.ts'
import type { ImageSource } from '../disk/image-port.ts'
import type { Layer } from '../disk/layer.ts'
import { type ImageHeader, readImageHeader, virtualSize, virtualSizeOf } from '../disk/qcow2-header.ts'
import type { Machines } from './machines.ts'

export type DiskSource =
  | {
      readonly source: 'image'
      readonly path: string
      readonly use: 'copy' | 'link'
      readonly backing: string | null
    }
  | { readonly source: 'empty'; readonly sizeBytes: number }

/** Where the base layer of a new disk belongs. */
export interface NewBase {
  readonly vmId: VmId
  readonly diskId: DiskId
  readonly layerId: LayerId
}

/** The turn in which images that are used in place are recorded: two VMs could both have found the same one unused. */
export const creation = asId<VmId>('creation')

/** Refuses, before anything is made, what cannot become a disk. Errors: `image_invalid`, `image_refers_elsewhere`, `image_in_use`. */
export async function checkSources(machines: Machines, sources: readonly DiskSource[]): Promise<void> {
  const links = new Map<string, string>()
  for (const disk of sources) {
    if (disk.source !== 'image') continue
    await checkImage(machines, disk)
    if (disk.use === 'link') await requireNamedOnce(links, disk.path)
  }
}

/** Two disks over one image would write into each other. */
async function requireNamedOnce(links: Map<string, string>, path: string): Promise<void> {
  const { dev, ino } = await stat(path)
  const other = links.get(`${dev}:${ino}`)
  if (other !== undefined) {
    throw new StillpointError(
      'image_in_use',
      `Disk images "${other}" and "${path}" are the same file; copy one of them instead.`,
    )
  }
  links.set(`${dev}:${ino}`, path)
}

/**
 * The base layer of a new disk: an empty one, a copy, or the user's own image. On any error no file is left.
 * Errors: `disk_full`, `image_invalid`, `image_in_use`, `cancelled`.
 */
export async function makeBase(
  machines: Machines,
  { vmId, diskId, layerId: id }: NewBase,
  source: DiskSource,
  progress: Progress,
  signal: AbortSignal,
): Promise<Layer> {
  const { folders, images } = machines.deps
  const own = {
    id,
    diskId,
    file: folders.layer(vmId, diskId, id),
    format: 'qcow2',
    parentId: null,
    linked: false,
  } as const
  if (source.source === 'empty') {
    const layer = { ...own, virtualSizeBytes: Math.ceil(source.sizeBytes / 512) * 512 }
    await images.create(layer, null)
    return layer
  }
  const header = await readImageHeader(source.path)
  if (source.use === 'link') {
    return {
      ...own,
      file: source.path,
      format: header.format,
      virtualSizeBytes: virtualSize(header),
      linked: true,
    }
  }
  const backing =
    source.backing === null
      ? null
      : { path: source.backing, format: (await readImageHeader(source.backing)).format }
  const image: ImageSource = { path: source.path, format: header.format, backing }
  const what = `copy of "${source.path}"`
  await requireSpace(dirname(own.file), [{ what, bytes: await images.measureCopy(image) }])
  await images.copy(image, own.file, progress, signal)
  return { ...own, virtualSizeBytes: await virtualSizeOf(own.file) }
}

async function checkImage(machines: Machines, disk: DiskSource & { source: 'image' }): Promise<void> {
  const header = await readImageHeader(disk.path)
  if (header.format === 'qcow2') {
    refuseForeignFiles(disk, header)
    await machines.deps.images.check(disk.path, 'qcow2')
  } else if (disk.backing !== null) {
    throw new StillpointError('invalid_request', `Disk image "${disk.path}" is raw; it has no backing file.`)
  } else if (header.fileBytes % 512 !== 0) {
    throw new StillpointError(
      'image_invalid',
      `Raw disk image "${disk.path}" has ${header.fileBytes} bytes, which is not a number of 512-byte sectors; is it a disk image?`,
    )
  }
  if (disk.backing !== null) {
    const backing = await readImageHeader(disk.backing)
    if (backing.format === 'qcow2')
      refuseForeignFiles({ ...disk, path: disk.backing, backing: null }, backing)
  }
  if (disk.use === 'link') await requireUnshared(machines, disk.path)
}

/** A header can name any file of the host as its data: only what the user named may be read. */
function refuseForeignFiles(
  disk: DiskSource & { source: 'image' },
  header: ImageHeader & { format: 'qcow2' },
): void {
  const { path, backing, use } = disk
  const refuse = (what: string, remedy: string) => {
    throw new StillpointError(
      'image_refers_elsewhere',
      `Disk image "${path}" ${what}, which was not named. ${remedy}`,
      { details: { path } },
    )
  }
  if (header.encrypted)
    throw new StillpointError('image_invalid', `Disk image "${path}" is encrypted, which is not supported.`)
  if (header.externalData)
    refuse('keeps its data in another file', 'Convert it first: qemu-img convert -O qcow2.')
  if (header.backingFile === null && backing !== null) {
    throw new StillpointError(
      'invalid_request',
      `Disk image "${path}" has no backing file, so "${backing}" is not needed.`,
    )
  }
  if (header.backingFile !== null && use === 'link') {
    refuse(
      `has the backing file "${header.backingFile}"`,
      'Such an image can only be copied, with its backing file named.',
    )
  }
  if (header.backingFile !== null && backing === null) {
    refuse(
      `has the backing file "${header.backingFile}"`,
      `If you trust it, name it: ${path},copy,backing=FILE.`,
    )
  }
}

/** Error: `image_in_use` when an image that is to be used in place belongs to a VM. */
export async function requireLinksUnshared(machines: Machines, disks: readonly DiskSource[]): Promise<void> {
  for (const disk of disks) {
    if (disk.source === 'image' && disk.use === 'link') await requireUnshared(machines, disk.path)
  }
}

/** Error: `image_in_use` when an image of some VM is this file. */
export async function requireUnshared(machines: Machines, path: string): Promise<void> {
  const wanted = await stat(path)
  for (const document of machines.deps.inventory.all()) {
    for (const layer of Object.values<Layer>(document.layers)) {
      const found = await stat(layer.file).catch(() => null)
      if (found && found.dev === wanted.dev && found.ino === wanted.ino) {
        throw new StillpointError(
          'image_in_use',
          `Disk image "${path}" belongs to VM "${document.name}" already; copy it instead.`,
        )
      }
    }
  }
}
