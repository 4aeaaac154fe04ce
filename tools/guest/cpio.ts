/** The "newc" archive that the kernel takes as initramfs (kernel documentation: early-userspace/buffer-format). */

export type CpioEntry =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'file'; readonly path: string; readonly content: Buffer }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  | {
      readonly kind: 'character-device'
      readonly path: string
      readonly major: number
      readonly minor: number
    }

/** Owned by root, everything executable, times zero: the same entries give the same bytes. */
export function cpioArchive(entries: readonly CpioEntry[]): Buffer {
  const parts = entries.map((entry, index) => encode(entry, index + 1))
  parts.push(record({ path: 'TRAILER!!!', inode: 0, mode: 0, content: Buffer.alloc(0), major: 0, minor: 0 }))
  return Buffer.concat(parts)
}

function encode(entry: CpioEntry, inode: number): Buffer {
  const base = { path: entry.path, inode, content: Buffer.alloc(0), major: 0, minor: 0 }
  switch (entry.kind) {
    case 'folder':
      return record({ ...base, mode: 0o040755 })
    case 'file':
      return record({ ...base, mode: 0o100755, content: entry.content })
    case 'link':
      return record({ ...base, mode: 0o120777, content: Buffer.from(entry.target) })
    case 'character-device':
      return record({ ...base, mode: 0o020600, major: entry.major, minor: entry.minor })
  }
}

interface Fields {
  readonly path: string
  readonly inode: number
  readonly mode: number
  readonly content: Buffer
  readonly major: number
  readonly minor: number
}

function record({ path, inode, mode, content, major, minor }: Fields): Buffer {
  const name = Buffer.from(`${path}\0`)
  // Inode, mode, uid, gid, links, mtime, size, device (2), device node (2), name length, checksum.
  const numbers = [inode, mode, 0, 0, 1, 0, content.length, 0, 0, major, minor, name.length, 0]
  const header = `070701${numbers.map((each) => each.toString(16).padStart(8, '0')).join('')}`
  return Buffer.concat([pad(Buffer.concat([Buffer.from(header), name])), pad(content)])
}

function pad(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)])
}
