import { useSyncExternalStore } from 'react'
import { systemClock } from '../../core/clock.ts'

/** One clock for the page, that ticks while somebody looks at it. */
const listeners = new Set<() => void>()
let nowMs = systemClock.now().getTime()
let timer: ReturnType<typeof setInterval> | undefined

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  nowMs = systemClock.now().getTime() // nothing ticked while nobody looked
  timer ??= setInterval(() => {
    if (document.hidden) return
    nowMs = systemClock.now().getTime()
    for (const each of listeners) each()
  }, 1000)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

/** The time in ms since 1970, each second anew; in steps of `stepMs` so that what changes rarely renders rarely. */
export function useNow(stepMs = 1000): number {
  return useSyncExternalStore(subscribe, () => Math.floor(nowMs / stepMs) * stepMs)
}
