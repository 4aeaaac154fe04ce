/** The place of the current state in a checkpoint tree. */
export const nowId = 'now'

/** What the main page shows; in the address, so that it can be kept, sent and gone back to. */
export interface MainSearch {
  readonly vm?: string
  /** A checkpoint's id, or `now`. */
  readonly checkpoint?: string
  readonly tag?: string
}

/** Takes from an address what it knows; anything else is left out. */
export function mainSearchOf(search: Readonly<Record<string, unknown>>): MainSearch {
  const known = ['vm', 'checkpoint', 'tag'].flatMap((key) => {
    const value = search[key]
    return typeof value === 'string' && value !== '' ? [[key, value]] : []
  })
  return Object.fromEntries(known)
}
