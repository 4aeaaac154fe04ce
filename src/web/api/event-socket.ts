import type { StillpointEvent } from '../../core/event-bus.ts'

interface Options {
  /** From now on no event is missed. */
  onOpen(): void
  onEvent(event: StillpointEvent): void
  /** Events may be missed until it opens again. */
  onLost(): void
}

const retryMs = [500, 1000, 2000, 4000, 8000] as const
/** The daemon sends an empty message every 15 s. */
const longestSilenceMs = 40_000

/**
 * The daemon's events, over a WebSocket: of streams of server-sent events a browser holds six to a host in all of its
 * pages together, and then asks that host nothing more. A connection that breaks, or falls silent, is opened again at
 * growing intervals until it is open. Returns the function that ends it.
 */
export function openEvents({ onOpen, onEvent, onLost }: Options): () => void {
  let socket: WebSocket | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let attempts = 0

  const open = () => {
    const own = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/api/v1/events`)
    socket = own
    let isOpen = false
    const expectMore = () => {
      clearTimeout(timer)
      timer = setTimeout(() => lose(own), longestSilenceMs)
    }
    own.addEventListener('message', ({ data }: MessageEvent<string>) => {
      if (own !== socket) return
      expectMore()
      if (!isOpen) {
        isOpen = true
        attempts = 0
        onOpen()
      }
      if (data !== '') onEvent(JSON.parse(data))
    })
    own.addEventListener('close', () => lose(own))
    expectMore()
  }

  const lose = (lost: WebSocket) => {
    if (lost !== socket) return
    socket = null
    lost.close()
    clearTimeout(timer)
    timer = setTimeout(open, retryMs[Math.min(attempts++, retryMs.length - 1)])
    onLost()
  }

  open()
  return () => {
    const last = socket
    socket = null
    last?.close()
    clearTimeout(timer)
  }
}
