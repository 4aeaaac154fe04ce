import type { Socket } from 'node:net'
import { StillpointError } from '../../core/error.ts'
import type { IndexHead } from '../image/format.ts'
import type { MemoryImage } from '../image/reader.ts'
import { type ReturnMessage, ReturnPathReader } from '../stream/return-path.ts'
import {
  command,
  encodeAdvise,
  encodeBitmapRequest,
  encodeCommand,
  encodeDiscard,
  encodeEnd,
  encodeHeader,
  encodePackage,
  encodePing,
  encodeRamEnd,
  encodeRamPart,
  encodeRamStart,
  type SentPage,
} from '../stream/writer.ts'
import { PageSource } from './page-source.ts'

/** Frames that are read ahead of being sent: half a megabyte of pages. */
const aheadFrames = 8
/** What may lie in front of a page that is asked for, besides what the socket itself holds. */
const mostUnsentBytes = 128 * 1024
/** After the guest asked for a page it will soon ask for others; what nobody asked for waits so long. */
const giveWayMs = 1
/** In a plain load, zero pages that are sent together. */
const zeroPagesTogether = 4096

const pings = { opening: 1, loaded: 2 } as const

/**
 * Speaks the source's side of a migration from an image.
 *
 * Lazily (postcopy): the machine's devices first; then pages, those that the guest asks for before all
 * others. The destination must be told to drop what its own start put into memory; a page that is zero is
 * sent only when it is asked for, for what never arrives is zero.
 *
 * The order of messages follows QEMU's migration/migration.c and migration/savevm.c, versions 7.2 and 10.0.
 */
export class Loader {
  readonly source: PageSource
  readonly #head: IndexHead
  readonly #devices: Buffer
  readonly #socket: Socket
  /** Numbers of pages that the guest waits for. */
  readonly #waiting: number[] = []
  readonly #wake = new Signal()
  readonly #drained = new Signal()
  #failure: Error | null = null
  readonly #loaded = Promise.withResolvers<void>()
  readonly #resumed = Promise.withResolvers<void>()
  readonly #shut = Promise.withResolvers<void>()
  /** Bitmaps that QEMU still owes. */
  #owed = 0
  readonly #bitmaps = Promise.withResolvers<void>()
  #isFilling = false
  /** All was sent: from now on QEMU may say that it is done. */
  #hasEnded = false
  #lastAskedAt = 0
  /** Pages that the guest had to wait for. */
  readonly asked: number[] = []

  private constructor(socket: Socket, head: IndexHead, devices: Buffer, source: PageSource) {
    this.#socket = socket
    this.#head = head
    this.#devices = devices
    this.source = source
    for (const each of [this.#loaded, this.#resumed, this.#shut, this.#bitmaps]) each.promise.catch(() => {})
    const reader = new ReturnPathReader()
    socket.on('data', (chunk) => {
      try {
        for (const message of reader.push(chunk)) this.#receive(message)
      } catch (error) {
        this.fail(error as Error) // of the reader or the source
      }
    })
    socket.on('drain', () => this.#drained.give())
    socket.on('error', () => this.fail(hypervisorGone()))
    socket.on('close', () => this.fail(hypervisorGone()))
    if (socket.destroyed) this.fail(hypervisorGone()) // nobody will say so again
  }

  /** Error: ImageError. */
  static async over(socket: Socket, image: MemoryImage): Promise<Loader> {
    const { head } = await image.index()
    return new Loader(socket, head, await image.devices(), await PageSource.open(image))
  }

  /** Resolves when the devices are loaded and the guest could run. */
  get loaded(): Promise<void> {
    return this.#loaded.promise
  }

  fail(error: Error): void {
    this.#failure ??= error
    for (const each of [this.#loaded, this.#resumed, this.#shut, this.#bitmaps]) each.reject(error)
    this.#wake.give()
    this.#drained.give()
    this.#socket.destroy()
  }

  /** From now on pages are also sent that nobody asked for. */
  fill(): void {
    this.#isFilling = true
    this.#wake.give()
  }

  /** Sends the devices, then pages until QEMU has all of them. */
  async runLazily(touchedEarlier: readonly number[] = []): Promise<void> {
    const { blocks } = this.#head
    await this.#send(
      encodeHeader(this.#head),
      encodeCommand(command.openReturnPath),
      encodePing(pings.opening),
      encodeAdvise(),
      encodeRamStart(this.#head),
      ...blocks.map(encodeDiscard),
      encodePackage(
        Buffer.concat([
          encodeCommand(command.postcopyListen),
          this.#devices,
          encodePing(pings.loaded),
          encodeCommand(command.postcopyRun),
        ]),
      ),
    )
    await this.#sendBeforeAsked([...this.#head.early, ...touchedEarlier])
    await this.#sendPages()
  }

  /** Pages that the guest is going to touch: it would have to wait for each of them. */
  async #sendBeforeAsked(wanted: readonly number[]): Promise<void> {
    for (const [frame, pages] of this.source.framesOf(wanted)) {
      await this.#serveAsked()
      const content = await this.source.readFrame(frame)
      await this.#sendPart(this.source.takePages(frame, content, pages))
    }
  }

  /** After the connection of an earlier loader broke: QEMU tells what it has. */
  async resume(): Promise<void> {
    this.#owed = this.#head.blocks.length
    await this.#send(...this.#head.blocks.map(encodeBitmapRequest))
    await this.#bitmaps.promise
    await this.#send(encodeCommand(command.postcopyResume))
    await this.#resumed.promise
    this.#loaded.resolve()
    await this.#sendPages()
  }

  /** Sends all of memory, then the devices: for a QEMU that cannot ask for pages. */
  async runEagerly(): Promise<void> {
    await this.#send(encodeHeader(this.#head), encodeRamStart(this.#head))
    for (let page = 0, more = true; more; ) {
      const { pages, next } = this.source.takeZeroPages(page, zeroPagesTogether)
      more = pages.length > 0
      page = next
      await this.#sendPart(pages)
    }
    this.fill()
    for (const frames of this.#plan()) {
      for (const [frame, content] of await this.#read(frames)) {
        await this.#sendPart(this.source.takeFrame(frame, content))
      }
    }
    await this.#send(encodeRamEnd(this.#head), this.#devices, encodeEnd())
    const sent = new Promise<void>((resolve, reject) => {
      this.#socket.end((error?: Error | null) => (error ? reject(error) : resolve()))
    })
    await Promise.race([sent, this.#shut.promise])
    this.#loaded.resolve()
  }

  async #sendPages(): Promise<void> {
    let ahead: Promise<[number, Buffer][]> | null = null
    const plans = this.#plan()
    for (;;) {
      this.#requireWhole()
      await this.#serveAsked()
      if (!this.#isFilling) {
        await this.#wake.wait()
        continue
      }
      const giveWay = this.#giveWay()
      if (giveWay > 0) {
        await this.#wake.wait(giveWay)
        continue
      }
      const frames = await (ahead ?? this.#readNext(plans))
      if (frames.length === 0) break
      ahead = this.#readNext(plans)
      ahead.catch(() => {}) // awaited in the next round
      for (const [frame, content] of frames) {
        await this.#serveAsked()
        await this.#sendPart(this.source.takeFrame(frame, content))
      }
    }
    this.#hasEnded = true
    await this.#send(encodeRamEnd(this.#head), encodeEnd().subarray(0, 1))
    await this.#shut.promise
  }

  #giveWay(): number {
    return giveWayMs - (performance.now() - this.#lastAskedAt)
  }

  *#plan(): Generator<number[]> {
    for (;;) {
      const frames = this.source.planFrames(aheadFrames)
      if (frames.length === 0) return
      yield frames
    }
  }

  async #readNext(plans: Generator<number[]>): Promise<[number, Buffer][]> {
    const next = plans.next()
    return next.done ? [] : await this.#read(next.value)
  }

  async #read(frames: readonly number[]): Promise<[number, Buffer][]> {
    return await Promise.all(
      frames.map(async (frame): Promise<[number, Buffer]> => [frame, await this.source.readFrame(frame)]),
    )
  }

  async #serveAsked(): Promise<void> {
    for (let page = this.#waiting.shift(); page !== undefined; page = this.#waiting.shift()) {
      if (this.source.isSent(page)) continue
      this.asked.push(page)
      const frame = this.source.frameOf(page)
      if (frame === null) await this.#sendPart([this.source.takeZeroPage(page)])
      else await this.#sendPart(this.source.takeFrame(frame, await this.source.readFrame(frame), page))
    }
  }

  #receive(message: ReturnMessage): void {
    switch (message.kind) {
      case 'request': {
        const first = this.source.pageAt(message.block, message.start)
        const last = this.source.pageAt(message.block, message.start + message.length - 1)
        for (let page = first; page <= last; page++) this.#waiting.push(page)
        this.#lastAskedAt = performance.now()
        this.#wake.give()
        return
      }
      case 'pong':
        if (message.value === pings.loaded) this.#loaded.resolve()
        return
      case 'received':
        this.source.setReceived(message.block, message.bitmap)
        if (--this.#owed === 0) this.#bitmaps.resolve()
        return
      case 'resumed':
        this.#resumed.resolve()
        return
      case 'shut':
        if (message.failed) this.fail(new Error('QEMU says that loading the memory failed'))
        else if (!this.#hasEnded)
          this.fail(new Error('QEMU says that it is done before it has all of its memory'))
        else this.#shut.resolve()
    }
  }

  async #sendPart(pages: readonly SentPage[]): Promise<void> {
    if (pages.length > 0) await this.#send(encodeRamPart(this.#head, pages))
  }

  async #send(...buffers: readonly Buffer[]): Promise<void> {
    for (const each of buffers) {
      this.#requireWhole()
      this.#socket.write(each)
      while (this.#socket.writableLength > mostUnsentBytes && !this.#failure) await this.#drained.wait()
    }
  }

  #requireWhole(): void {
    if (this.#failure) throw this.#failure
  }
}

/** Wakes one waiter, now or when it comes. */
class Signal {
  #given = false
  #resolve: (() => void) | null = null

  give(): void {
    this.#given = true
    this.#resolve?.()
  }

  /** Until it is given, or for `timeoutMs`. */
  async wait(timeoutMs?: number): Promise<void> {
    if (!this.#given) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#resolve = resolve
      const timer = timeoutMs === undefined ? undefined : setTimeout(resolve, timeoutMs)
      await promise
      clearTimeout(timer)
    }
    this.#given = false
    this.#resolve = null
  }
}

export function hypervisorGone(): StillpointError {
  return new StillpointError('hypervisor_gone', 'QEMU ended while it was given its memory.')
}
