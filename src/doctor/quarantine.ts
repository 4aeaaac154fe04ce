import { mkdir, rename, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { asStorageError, syncPath } from '../core/durable-file.ts'
import { StillpointError } from '../core/error.ts'
import type { VmId } from '../core/ids.ts'
import type { Machines } from '../machine/machines.ts'

/** Moves a file out of the way, within the VM's folder. Nothing is overwritten or deleted. Returns where it is now. */
export async function quarantine(machines: Machines, vmId: VmId, file: string): Promise<string> {
  const folder = machines.deps.folders.quarantine(vmId)
  await requireClosed(machines, vmId, file)
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const target = await freeName(join(folder, basename(file)))
    await rename(file, target)
    await syncPath(dirname(file))
    await syncPath(folder)
    return target
  } catch (error) {
    throw asStorageError(error, `"${file}" cannot be moved to "${folder}"`)
  }
}

/** What a process of the VM has open is no orphan, whatever the record says. */
async function requireClosed(machines: Machines, vmId: VmId, file: string): Promise<void> {
  const open = (await machines.instance(vmId)?.openLayerIds()) ?? new Set()
  for (const id of open) {
    if (!basename(file).includes(id)) continue
    throw new StillpointError('image_in_use', `"${file}" is open in the VM's process; stop the VM first.`)
  }
}

async function freeName(path: string): Promise<string> {
  for (let number = 0; ; number++) {
    const candidate = number === 0 ? path : `${path}.${number}`
    const isTaken = await stat(candidate).then(
      () => true,
      () => false,
    )
    if (!isTaken) return candidate
  }
}
