import { mkdir } from 'node:fs/promises'
import { StillpointError } from '../../core/error.ts'
import type { Progress } from '../../core/progress.ts'
import type { Layer } from '../../disk/layer.ts'
import type { Instance, LaunchRequest, MemoryLoadMode } from '../../hypervisor/port.ts'
import type { Checkpoint, MemoryImage as MemoryImageRecord } from '../../inventory/checkpoint.ts'
import type { VmDocument } from '../../inventory/document.ts'
import type { Machines } from '../../machine/machines.ts'
import { restoreFiles } from '../../machine/memory-loads.ts'
import { diskChains } from '../../machine/power.ts'
import { ImageError, MemoryImage } from '../../memory/image/reader.ts'
import { RestoreServer } from '../../memory/restore/restore-server.ts'
import type { Member } from '../group/rendezvous.ts'
import { withActive } from '../new-layers.ts'

/** How the memory of a checkpoint came into its guest. */
export interface LoadedBy {
  readonly mode: MemoryLoadMode
  /** Why all of it had to be loaded first; null when it had not. */
  readonly reason: string | null
}

/**
 * What can be known to be wrong with an image without reading it: it and the images that it refers to are
 * there, and are the ones on record. Each read is verified besides. Error: `memory_image_invalid`.
 */
export async function requireMemoryImage(memory: MemoryImageRecord): Promise<void> {
  try {
    const image = await MemoryImage.open(memory.file)
    try {
      if (image.sha256 !== memory.sha256)
        throw new ImageError(memory.file, 'is not the one on record: its checksum is another')
      await image.requireSources()
    } finally {
      await image.close()
    }
  } catch (error) {
    if (!(error instanceof ImageError)) throw error
    throw new StillpointError(
      error.isTransient ? 'io_error' : 'memory_image_invalid',
      `${error.message}; the disks of the checkpoint are not affected.`,
      { details: { file: error.file }, cause: error },
    )
  }
}

/** A new process with the checkpoint's devices, paused at its instant; its memory is there or follows. */
export async function loadMemory(
  machines: Machines,
  document: VmDocument,
  checkpoint: Checkpoint,
  plan: Pick<LaunchRequest, 'runFolder' | 'tpmFolder' | 'generationId'> & {
    readonly layers: readonly Layer[]
  },
  progress: Progress,
  signal: AbortSignal,
  together: Member | null,
): Promise<{ instance: Instance; server: RestoreServer; by: LoadedBy }> {
  const { hypervisor, folders } = machines.deps
  const { memory, hardware } = checkpoint
  if (!memory) throw new StillpointError('internal', 'Only a standard checkpoint has memory to load.')
  const next = withActive(document, plan.layers)
  await mkdir(plan.runFolder, { recursive: true, mode: 0o700 })
  progress.report(0, 'loading the devices')
  const request = {
    ...restoreFiles(plan.runFolder),
    imageFile: memory.file,
    sha256: memory.sha256,
    touchedFile: folders.touchedPages(document.id),
  }
  const starting = RestoreServer.start(request, signal)
  starting.catch(() => {}) // awaited when QEMU is ready for it
  let by: LoadedBy = { mode: 'lazy', reason: null }
  const socketPath = `${plan.runFolder}/memory.sock`
  try {
    const instance = await hypervisor.launch(
      {
        vmId: document.id,
        hardware,
        generationId: plan.generationId,
        disks: diskChains(hardware, next.layers, next.active),
        runFolder: plan.runFolder,
        tpmFolder: plan.tpmFolder,
        consoleLog: folders.consoleLog(document.id),
        begin: {
          kind: 'memory',
          source: {
            socketPath,
            async load(mode, reason) {
              by = { mode, reason }
              if (reason !== null) progress.report(5, `loading all of the memory: ${reason}`)
              if (machines.instance(document.id))
                await requireRoomBeside(machines, document, checkpoint, mode, together)
              const server = await starting
              await server.reached('ready')
              server.command({ do: mode, socketPath })
              await server.reached('running')
            },
          },
        },
      },
      signal,
    )
    return { instance, server: await starting, by }
  } catch (error) {
    void starting.then(
      (server) => server.disconnect(),
      () => {},
    )
    throw error
  }
}

/** What a QEMU process needs besides its guest's memory, roughly. */
const processMiB = 100
/** What a guest touches before the old process has given its memory back, roughly. */
const touchedShare = 0.05

/** Two processes live beside each other for a moment. Error: `memory_short`. */
async function requireRoomBeside(
  machines: Machines,
  document: VmDocument,
  { name, hardware }: Checkpoint,
  mode: MemoryLoadMode,
  together: Member | null,
): Promise<void> {
  if (hardware.memoryBacking === 'huge-pages') return // QEMU has them already: they are set aside at its start
  const grownMiB = Math.max(0, hardware.memoryMiB - document.hardware.memoryMiB)
  const lazyMiB = grownMiB + hardware.memoryMiB * touchedShare
  const own = Math.ceil(processMiB + (mode === 'lazy' ? lazyMiB : hardware.memoryMiB * 1.05))
  const needed = together?.claimMiB(own) ?? own
  const available = await machines.deps.hypervisor.availableMemoryMiB()
  if (available >= needed) return
  throw new StillpointError(
    'memory_short',
    `Checkpoint "${name}" is loaded beside the running VM "${document.name}" and needs ${own} MiB for that${needed > own ? `, with the others of its group ${needed} MiB` : ''}; the host has ${available} MiB available. Stop the VM first, or free some memory.`,
  )
}
