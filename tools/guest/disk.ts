import { open, rename, rm } from 'node:fs/promises'
import { execa } from 'execa'

export interface DiskOptions {
  readonly sizeMiB: number
  /** The file system's label. */
  readonly label?: string
  /** Default `qcow2`. */
  readonly format?: 'qcow2' | 'raw'
}

/**
 * Makes a sparse disk image at `path` whose whole extent is one empty ext4 file system, as the guest
 * mounts it. Replaces what is there, and leaves nothing half-made. Needs no root.
 */
export async function makeExt4Disk(path: string, options: DiskOptions): Promise<void> {
  const { sizeMiB, label = 'data', format = 'qcow2' } = options
  const raw = `${path}.making-raw`
  const made = `${path}.making`
  try {
    const file = await open(raw, 'w', 0o600)
    await file.truncate(sizeMiB * 1024 * 1024)
    await file.close()
    // The inode tables are written now: the guest's kernel would do it later, in the middle of a test.
    const extended = 'lazy_itable_init=0,lazy_journal_init=0,nodiscard'
    await execa('mke2fs', ['-q', '-F', '-t', 'ext4', '-L', label, '-E', extended, raw], { env: sbinInPath() })
    if (format === 'raw') return await rename(raw, path)
    await execa('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, made])
    await rename(made, path)
  } finally {
    await rm(raw, { force: true })
    await rm(made, { force: true })
  }
}

/** Debian keeps `mke2fs` in /sbin, which is not in the PATH of an ordinary user. */
function sbinInPath(): { PATH: string } {
  return { PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` }
}
