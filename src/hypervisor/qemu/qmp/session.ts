import { EventEmitter } from 'node:events'
import { withDeadline } from '../../../core/deadline.ts'
import { StillpointError } from '../../../core/error.ts'
import { openTransport, type Transport } from './transport.ts'

export interface QmpEvent {
  readonly event: string
  readonly data: Record<string, unknown>
  /** QEMU's own clock, in milliseconds since the epoch. */
  readonly atMs: number
}

/** A refusal by QEMU, before it becomes a StillpointError with context. */
export class QmpError extends Error {
  readonly qmpClass: string
  readonly command: string
  constructor(command: string, qmpClass: string, description: string) {
    super(description)
    this.name = 'QmpError'
    this.command = command
    this.qmpClass = qmpClass
  }
}

/** For a process that just starts: whoever waits connects again. */
const handshakeTimeoutMs = 5000
const queryTimeoutMs = 30_000
/** A command that changes something may still do so after its caller gave up: so it is waited for. */
const changeTimeoutMs = 600_000

/**
 * Commands and events of one QMP monitor. When the connection ends, every open call fails with
 * `hypervisor_gone`, and so does every later one.
 */
export class QmpSession {
  readonly #emitter = new EventEmitter().setMaxListeners(0)
  readonly #open = new Map<
    number,
    { command: string; resolve: (value: unknown) => void; reject: (error: Error) => void }
  >()
  readonly #closed = Promise.withResolvers<Error | null>()
  readonly #greeted = Promise.withResolvers<string>()
  #offersOutOfBand = false
  #transport: Transport | null = null
  #lastId = 0
  #ended = false

  /** Resolves when the connection has ended. */
  readonly closed = this.#closed.promise

  /** Connects and negotiates. `version` is QEMU's, e.g. `7.2.22`. Errors: those of connect(2); `timeout`. */
  static async open(
    socketPath: string,
    signal: AbortSignal,
  ): Promise<{ session: QmpSession; version: string }> {
    const session = new QmpSession()
    session.#greeted.promise.catch(() => {}) // it is awaited below, or the connection failed before
    session.#transport = await openTransport(socketPath, {
      onMessage: (message) => session.#receive(message),
      onClose: (error) => session.#end(error),
    })
    try {
      const limits = {
        timeoutMs: handshakeTimeoutMs,
        what: `The greeting of QEMU's monitor "${socketPath}"`,
        signal,
      }
      const version = await withDeadline(session.#greeted.promise, limits)
      const enable = session.#offersOutOfBand ? ['oob'] : []
      await session.execute('qmp_capabilities', { enable }, { timeoutMs: handshakeTimeoutMs })
      return { session, version }
    } catch (error) {
      session.close()
      throw error
    }
  }

  /** Errors: QmpError when QEMU refuses; `hypervisor_gone`; `timeout`. */
  async execute(command: string, args: object = {}, options: { timeoutMs?: number } = {}): Promise<unknown> {
    return await this.#call('execute', command, args, options)
  }

  /**
   * As `execute`, for the few commands that QEMU carries out even while it does nothing else, e.g. while it
   * waits for a page of the guest's memory.
   */
  async executeOutOfBand(command: string, args: object = {}): Promise<unknown> {
    return await this.#call('exec-oob', command, args, {})
  }

  async #call(
    how: 'execute' | 'exec-oob',
    command: string,
    args: object,
    options: { timeoutMs?: number },
  ): Promise<unknown> {
    if (this.#ended || !this.#transport) throw gone(command)
    const id = ++this.#lastId
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    this.#open.set(id, { command, resolve, reject })
    this.#transport.send({ [how]: command, arguments: args, id })
    try {
      return await withDeadline(promise, {
        timeoutMs: options.timeoutMs ?? (command.startsWith('query-') ? queryTimeoutMs : changeTimeoutMs),
        what: `QEMU's command ${command}`,
      })
    } finally {
      this.#open.delete(id)
    }
  }

  on(event: string, listener: (event: QmpEvent) => void): () => void {
    this.#emitter.on(event, listener)
    return () => this.#emitter.off(event, listener)
  }

  /** The next event of this name that `matches`; subscribe before the command that causes it. */
  next(event: string, matches: (event: QmpEvent) => boolean = () => true): Promise<QmpEvent> {
    const { promise, resolve, reject } = Promise.withResolvers<QmpEvent>()
    const off = this.on(event, (each) => {
      if (!matches(each)) return
      off()
      resolve(each)
    })
    void this.closed.then(() => {
      off()
      reject(gone(`waiting for ${event}`))
    })
    promise.catch(() => {}) // a caller may give up on it
    return promise
  }

  close(): void {
    this.#transport?.close()
  }

  #receive(message: Record<string, unknown>): void {
    if ('QMP' in message) {
      const { capabilities } = message.QMP as { capabilities?: unknown[] } // QMP specification
      this.#offersOutOfBand = capabilities?.includes('oob') ?? false
      this.#greeted.resolve(versionOf(message))
    } else if (typeof message.event === 'string') {
      const stamp = message.timestamp as { seconds: number; microseconds: number } // QMP specification
      const data = (message.data ?? {}) as Record<string, unknown> // QMP specification
      const atMs = stamp.seconds * 1000 + stamp.microseconds / 1000
      this.#emitter.emit(message.event, { event: message.event, data, atMs })
    } else {
      this.#answer(message)
    }
  }

  #answer(message: Record<string, unknown>): void {
    const call = this.#open.get(Number(message.id))
    if (!call) return // its caller gave up
    const error = message.error as { class: string; desc: string } | undefined // QMP specification
    if (error) call.reject(new QmpError(call.command, error.class, error.desc))
    else call.resolve(message.return)
  }

  #end(error: Error | null): void {
    this.#ended = true
    this.#greeted.reject(error ?? gone('the greeting'))
    for (const call of this.#open.values()) call.reject(gone(call.command))
    this.#open.clear()
    this.#closed.resolve(error)
  }
}

function gone(command: string): StillpointError {
  return new StillpointError('hypervisor_gone', `QEMU ended or closed its monitor during ${command}.`)
}

function versionOf(greeting: Record<string, unknown>): string {
  const qmp = greeting.QMP as { version: { qemu: { major: number; minor: number; micro: number } } } // QMP specification
  const { major, minor, micro } = qmp.version.qemu
  return `${major}.${minor}.${micro}`
}
