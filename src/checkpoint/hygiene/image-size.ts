export interface EarlierImage {
  readonly sizeBytes: number
  /** Of the guest's memory at that time. */
  readonly ramBytes: number
  /** It refers to another image for what had not changed. */
  readonly isDifference: boolean
}

export interface ComingImage {
  readonly ramBytes: number
  /** What of the guest's memory is in use on the host: pages that it never touched cost nothing. */
  readonly residentBytes: number | null
  /** Oldest first. */
  readonly earlier: readonly EarlierImage[]
  /** There is an image that it can refer to. */
  readonly hasParent: boolean
}

/** What is added to what was measured. */
const margin = 1.25
/** Guests' memory has been seen to shrink to between a twentieth and two fifths. */
const unmeasured = 0.5
const lookedAt = 3

/**
 * What the file of a coming memory image will occupy, with some margin. It is a guess, and whoever refuses an operation
 * for it must not refuse what would fit: not all of the RAM, but the largest of the last images of that VM, of the
 * same sort; else half of what the guest has touched. When it is exceeded, saving stops in time, and nothing is lost.
 */
export function expectedImageBytes(coming: ComingImage): number {
  const { ramBytes, residentBytes, earlier, hasParent } = coming
  const most = Math.min(ramBytes, residentBytes ?? ramBytes)
  const scaled = (isDifference: boolean) =>
    earlier
      .filter((image) => image.isDifference === isDifference)
      .slice(-lookedAt)
      .map((image) => (image.sizeBytes / image.ramBytes) * ramBytes)
  const differences = scaled(true)
  const wholes = scaled(false)
  // A difference is never larger than the whole, at the same compression.
  const known = hasParent && differences.length > 0 ? differences : wholes
  const expected = known.length > 0 ? Math.max(...known) * margin : most * unmeasured
  return Math.ceil(Math.min(expected, most))
}
