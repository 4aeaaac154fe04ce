import RFB from '@novnc/novnc'
import { part } from '../api/http.ts'

export type Link = 'connecting' | 'connected' | 'lost'

interface Options {
  /** Where the picture goes. */
  readonly target: HTMLElement
  readonly vmId: string
  onLink(link: Link): void
  /** Called with the element of each new picture before it is connected. */
  onPicture(element: HTMLElement): void
}

/** An apply takes a fraction of a second, a daemon that is started again a few seconds. */
const retryMs = [300, 600, 1000, 2000, 4000, 8000] as const

/**
 * The connection to a VM's screen through the daemon. One that breaks is opened again, at growing intervals, until
 * `end`; meanwhile the last picture stays, dimmed.
 */
export class ScreenConnection {
  readonly #options: Options
  #rfb: RFB | null = null
  #isScaled = true
  #lastPicture: Element | null = null
  #retry: ReturnType<typeof setTimeout> | undefined
  #attempts = 0

  constructor(options: Options) {
    this.#options = options
    this.#open()
  }

  /** Null while there is no connection. */
  get rfb(): RFB | null {
    return this.#rfb
  }

  set isScaled(isScaled: boolean) {
    this.#isScaled = isScaled
    if (this.#rfb) this.#rfb.scaleViewport = isScaled
  }

  /** Now, whatever the state of the connection. */
  reconnect(): void {
    this.#attempts = 0
    this.#close()
    this.#open()
  }

  /** Now, if it is lost: there is reason to believe that it can be had again. */
  hurry(): void {
    if (this.#retry !== undefined) this.reconnect()
  }

  end(): void {
    this.#close()
    this.#lastPicture?.remove()
  }

  #open(): void {
    const { target, vmId, onLink, onPicture } = this.#options
    onLink('connecting')
    const url = `${location.origin.replace(/^http/, 'ws')}/api/v1/vms/${part(vmId)}/screen`
    const rfb = new RFB(target, url)
    this.#rfb = rfb
    rfb.scaleViewport = this.#isScaled
    rfb.showDotCursor = true
    rfb.background = 'transparent'
    const picture = target.lastElementChild
    const canvas = picture?.querySelector('canvas')
    if (canvas) onPicture(canvas)

    rfb.addEventListener('connect', () => {
      if (this.#rfb !== rfb) return
      this.#attempts = 0
      this.#lastPicture?.remove()
      onLink('connected')
    })
    rfb.addEventListener('disconnect', () => {
      if (this.#rfb !== rfb) return
      this.#rfb = null
      this.#keep(picture)
      onLink('lost')
      const delayMs = retryMs[Math.min(this.#attempts++, retryMs.length - 1)]
      this.#retry = setTimeout(() => {
        this.#retry = undefined
        this.#open()
      }, delayMs)
    })
  }

  #close(): void {
    clearTimeout(this.#retry)
    this.#retry = undefined
    const rfb = this.#rfb
    this.#rfb = null
    rfb?.disconnect()
  }

  /** A connection that never showed anything leaves the picture of the one before. */
  #keep(picture: Element | null): void {
    const canvas = picture?.querySelector('canvas')
    if (!picture || !canvas || canvas.width === 0 || !(picture instanceof HTMLElement)) return
    this.#lastPicture?.remove()
    this.#lastPicture = picture
    picture.inert = true
    picture.dataset.stale = 'true'
    this.#options.target.append(picture)
  }
}
