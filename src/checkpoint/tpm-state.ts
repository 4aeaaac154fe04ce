import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { asStorageError, syncPath } from '../core/durable-file.ts'
import { StillpointError } from '../core/error.ts'
import type { CheckpointId, VmId } from '../core/ids.ts'
import type { Checkpoint } from '../inventory/checkpoint.ts'
import type { VmDocument } from '../inventory/document.ts'
import type { Machines } from '../machine/machines.ts'

/**
 * The state of a vTPM is one small file, which the emulator replaces as a whole, by renaming a new one: a copy of it is
 * consistent whenever it is made. A checkpoint holds a copy; an apply makes a new folder with a copy of that. So no two
 * of them ever share a file.
 */
const stateFile = 'tpm2-00.permall'

/** Where a checkpoint's copy will be; null without a vTPM. */
export function planTpmState(
  machines: Machines,
  document: VmDocument,
  checkpointId: CheckpointId,
): string | null {
  return document.tpmFolder === null ? null : machines.deps.folders.tpmState(document, checkpointId)
}

/** Copies what the vTPM holds now to `copy`. Quick, so that a guest can stand still meanwhile; `sealTpmState` makes it durable. */
export async function copyTpmState({ tpmFolder }: VmDocument, copy: string | null): Promise<void> {
  if (tpmFolder !== null && copy !== null) await copyIfThere(join(tpmFolder, stateFile), copy)
}

/** Makes the copy durable, and returns its path; null without a vTPM, or for one that was never switched on. */
export async function sealTpmState(copy: string | null): Promise<string | null> {
  return copy !== null && (await syncIfThere(copy)) ? copy : null
}

/** A folder for the vTPM's life after an apply; null when the checkpoint's machine has none. */
export function planTpmFolder(machines: Machines, vmId: VmId, { hardware }: Checkpoint): string | null {
  const { folders, ids } = machines.deps
  return hardware.tpm === 'none' ? null : folders.newTpm(vmId, ids.next())
}

/** A missing state would make a new TPM of it, silently, and everything sealed by the old one would be lost. */
export async function requireTpmState({ name, tpmState }: Checkpoint): Promise<void> {
  if (tpmState === null || (await syncIfThere(tpmState))) return
  throw new StillpointError(
    'vm_broken',
    `Checkpoint "${name}" cannot be applied: its TPM state "${tpmState}" is missing. Put the file back.`,
    { details: { file: tpmState } },
  )
}

/** Memory has the TPM's state of its own instant with it, and overrides the copy. */
export async function makeTpmFolder(
  folder: string | null,
  { tpmState }: Pick<Checkpoint, 'tpmState'>,
): Promise<void> {
  if (folder === null) return
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, stateFile)
  if (tpmState !== null) await copyIfThere(tpmState, file)
  await syncIfThere(file)
  await syncPath(join(folder, '..'))
}

/** The document in which the vTPM lives in `tpmFolder`; where it lived before is garbage. */
export function withTpmFolder(document: VmDocument, tpmFolder: string | null): VmDocument {
  const old = document.tpmFolder === null ? [] : [document.tpmFolder]
  return { ...document, tpmFolder, garbage: [...document.garbage, ...old] }
}

async function copyIfThere(from: string, to: string): Promise<void> {
  try {
    await mkdir(join(to, '..'), { recursive: true, mode: 0o700 })
    await copyFile(from, to)
  } catch (error) {
    if (!isMissing(error)) throw asStorageError(error, `The TPM state "${from}" cannot be copied`)
  }
}

/** With the name of the file in its folder; false when there is none. */
async function syncIfThere(file: string): Promise<boolean> {
  try {
    await syncPath(file)
    await syncPath(join(file, '..'))
    return true
  } catch (error) {
    if (isMissing(error)) return false
    throw asStorageError(error, `The TPM state "${file}" cannot be written`)
  }
}

const isMissing = (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOENT'
