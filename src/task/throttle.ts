export interface Throttle {
  /** Acts now when the last act is long enough ago; else once, when it is. */
  call(): void
  /** Nothing is done any more. */
  stop(): void
}

/** Calls `act` at most once per `everyMs`; the last call is never lost unless the throttle is stopped. */
export function createThrottle(everyMs: number, act: () => void): Throttle {
  let timer: NodeJS.Timeout | null = null
  let isDue = false
  let isStopped = false

  function onTimer(): void {
    timer = null
    if (isDue) actNow()
  }

  function actNow(): void {
    isDue = false
    timer = setTimeout(onTimer, everyMs)
    timer.unref()
    act()
  }

  return {
    call() {
      if (isStopped) return
      isDue = true
      if (timer === null) actNow()
    },
    stop() {
      isStopped = true
      if (timer !== null) clearTimeout(timer)
    },
  }
}
