import { readFileSync, renameSync, writeFileSync } from 'node:fs'

/** Four megabytes: more than a guest touches in its first moments, and sent in the time that it takes to start. */
const mostPages = 1024

/**
 * Pages that a guest asked for when it went on from an image. The next time, from whatever image of the same
 * VM, it will touch most of them again, for its kernel and its page tables lie where they lay: so they are
 * sent before it asks. A hint, nothing else: a list that is lost or wrong costs time only.
 */
export function readTouchedPages(file: string): number[] {
  try {
    const pages: unknown = JSON.parse(readFileSync(file, 'utf8'))
    return Array.isArray(pages) ? pages.filter(Number.isSafeInteger).slice(0, mostPages) : []
  } catch {
    return [] // the first time there is none
  }
}

/** `asked` this time, before those that are known from earlier times. */
export function writeTouchedPages(file: string, asked: readonly number[], known: readonly number[]): void {
  const pages = [...new Set([...asked, ...known])].slice(0, mostPages)
  try {
    writeFileSync(`${file}.new`, JSON.stringify(pages), { mode: 0o600 })
    renameSync(`${file}.new`, file)
  } catch {
    // As above: without the list the next time is slower.
  }
}
