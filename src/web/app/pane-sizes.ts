import type { SplitterProps } from '@mantine/core'

export type PaneSizes = NonNullable<SplitterProps['sizes']>

/** Of this browser: how its user has divided the page. */
const keyOf = (name: string) => `stillpoint.panes.${name}`

/** Null: nothing is kept, or it is not of panes like these. */
export function readPaneSizes(name: string, defaults: PaneSizes): PaneSizes | null {
  try {
    return parsePaneSizes(localStorage.getItem(keyOf(name)), defaults)
  } catch {
    return null // a browser that keeps nothing
  }
}

export function keepPaneSizes(name: string, sizes: PaneSizes): void {
  try {
    localStorage.setItem(keyOf(name), JSON.stringify(sizes))
  } catch {
    // A browser that keeps nothing: they hold for this page.
  }
}

/** Each size keeps the unit of its default: a number shares what is left, pixels do not. */
export function parsePaneSizes(text: string | null, defaults: PaneSizes): PaneSizes | null {
  const kept: unknown = JSON.parse(text ?? 'null')
  if (!Array.isArray(kept) || kept.length !== defaults.length) return null
  const isAlike = defaults.every((size, index) =>
    typeof size === 'number' ? isShare(kept[index]) : /^\d+(\.\d+)?px$/.test(String(kept[index])),
  )
  return isAlike ? (kept as PaneSizes) : null // each was just looked at
}

function isShare(size: unknown): boolean {
  return typeof size === 'number' && size > 0 && size <= 100
}
