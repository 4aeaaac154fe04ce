/**
 * QEMU's migration stream, version 3: what the reader takes apart and the restore server puts together
 * again. Big-endian. Source: QEMU's migration/savevm.c and migration/ram.c, versions 7.2 and 10.0.
 */
export const streamMagic = 0x5145564d
export const streamVersion = 3
export const ramVersion = 4

export const pageBytes = 4096
export const pageShift = 12

/** First byte of a record. */
export const record = {
  endOfFile: 0x00,
  sectionStart: 0x01,
  sectionPart: 0x02,
  sectionEnd: 0x03,
  sectionFull: 0x04,
  subsection: 0x05,
  description: 0x06,
  configuration: 0x07,
  command: 0x08,
  footer: 0x7e,
} as const

/** Low bits of the address that begins each entry of a `ram` section. */
export const ramFlag = {
  filled: 0x02,
  blockList: 0x04,
  page: 0x08,
  endOfSection: 0x10,
  sameBlock: 0x20,
} as const

/** A block of guest memory, e.g. `pc.ram` or the memory of the graphics card. */
export interface RamBlock {
  readonly name: string
  readonly bytes: number
}

/** The machine that a stream was saved from, as far as the stream's own format goes. */
export interface StreamHead {
  readonly machineType: string
  readonly ramSectionId: number
  readonly blocks: readonly RamBlock[]
}

/** Pages are numbered through all blocks, in the order of the block list. */
export function pageCount(blocks: readonly RamBlock[]): number {
  return blocks.reduce((pages, { bytes }) => pages + bytes / pageBytes, 0)
}
