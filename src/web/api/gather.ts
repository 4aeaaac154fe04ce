/** What comes within this time is read together; the first of it at once. */
const gatherMs = 120
/** A reading that hangs holds up the next one for no longer. */
const patienceMs = 15_000

interface Options {
  /** Reads them; rejects never. */
  read(ids: readonly string[]): Promise<unknown>
  /** True: what is to be changed is being read as a whole, so that a part of it would be overwritten by what is older. */
  isHeld?(): boolean
  /** More than that wait for the next reading. */
  readonly most?: number
}

export interface Gatherer {
  add(id: string): void
  end(): void
}

/**
 * Reads what has changed, as often as it has to and no more often: what changes again while it is being read is read
 * once more afterwards, so that no answer overtakes a newer one.
 */
export function gatherer({ read, isHeld = () => false, most = Number.POSITIVE_INFINITY }: Options): Gatherer {
  const ids = new Set<string>()
  let isReading = false
  let timer: ReturnType<typeof setTimeout> | undefined

  const tick = () => {
    timer = undefined
    if (ids.size === 0) return
    if (!isReading && !isHeld()) void readSome()
    timer = setTimeout(tick, gatherMs)
  }

  const readSome = async () => {
    const some = [...ids].slice(0, most)
    for (const id of some) ids.delete(id)
    isReading = true
    let patience: ReturnType<typeof setTimeout> | undefined
    const impatient = new Promise((resolve) => {
      patience = setTimeout(resolve, patienceMs)
    })
    await Promise.race([read(some), impatient])
    clearTimeout(patience)
    isReading = false
  }

  return {
    add(id) {
      ids.add(id)
      if (timer === undefined) tick()
    },
    end() {
      ids.clear()
      clearTimeout(timer)
    },
  }
}
