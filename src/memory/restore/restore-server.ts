import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createConnection, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { pollUntil } from '../../core/deadline.ts'
import { StillpointError } from '../../core/error.ts'

/** What the process of `restore-main.ts` says of itself. */
export interface RestoreState {
  /** `running`: the guest has its devices and can run; pages may still be outstanding. */
  readonly phase: 'opening' | 'ready' | 'running' | 'complete' | 'failed'
  readonly sentPages: number
  /** Pages of the image that are not zero; 0 while that is not known. */
  readonly totalPages: number
  /** Pages that the guest had to wait for. */
  readonly askedPages: number
  readonly error: string | null
  /** Of the error. `memory_image_invalid`: another attempt would end in the same way. */
  readonly code: 'memory_image_invalid' | 'hypervisor_gone' | 'internal' | null
}

export type RestoreCommand =
  | { readonly do: 'lazy' | 'eager' | 'resume'; readonly socketPath: string }
  | { readonly do: 'fill' }

export interface RestoreRequest {
  readonly controlSocket: string
  readonly logFile: string
  readonly imageFile: string
  /** Of the image's footer, as it is on record; hexadecimal. */
  readonly sha256: string
  /** List of the pages that guests of this VM touched first; made when there is none. */
  readonly touchedFile: string
}

const startTimeoutMs = 30_000

/** A process that gives a QEMU its memory from an image, seen from the daemon. */
export class RestoreServer {
  readonly #socket: Socket
  #state: RestoreState | null = null
  readonly #waiting = new Set<() => void>()
  #isClosed = false
  readonly #closed = Promise.withResolvers<void>()
  /** Resolves when the process is gone, or let go. */
  readonly closed = this.#closed.promise
  /** Called whenever its state changed. */
  onChange: () => void = () => {}

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('error', () => {}) // its end is reported by 'close'
    const lines = createInterface({ input: socket })
    lines.on('error', () => {}) // those of the socket, once more
    lines.on('line', (line) => {
      this.#state = JSON.parse(line)
      this.#changed()
    })
    socket.on('close', () => {
      this.#isClosed = true
      this.#closed.resolve()
      this.#changed()
    })
  }

  /** Starts the process, which begins to read the index of the image. */
  static async start(request: RestoreRequest, signal: AbortSignal): Promise<RestoreServer> {
    const { controlSocket, imageFile, sha256, logFile, touchedFile } = request
    await rm(controlSocket, { force: true }) // of a process that was killed
    const log = openSync(logFile, 'a', 0o600)
    const program = fileURLToPath(new URL('./restore-main.ts', import.meta.url))
    const child = spawn(process.execPath, [program, controlSocket, imageFile, sha256, touchedFile], {
      detached: true,
      stdio: ['ignore', log, log],
      cwd: '/',
    })
    closeSync(log)
    let ended: string | null = null
    child.on('error', (error) => (ended = error.message))
    child.on('exit', (code, by) => (ended = by ?? `exit code ${code}`))
    child.unref()
    return await pollUntil(
      async () => {
        if (ended !== null)
          throw new StillpointError(
            'memory_process_gone',
            `The process that restores memory could not begin (${ended}). The VM is as it was; try again.`,
          )
        return (await RestoreServer.attach(controlSocket)) ?? undefined
      },
      {
        timeoutMs: startTimeoutMs,
        everyMs: 5,
        what: 'The start of the process that restores memory',
        signal,
      },
    )
  }

  /** The process that listens on this socket; null when there is none (any more). */
  static async attach(controlSocket: string): Promise<RestoreServer | null> {
    const socket = createConnection(controlSocket)
    const isConnected = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    })
    return isConnected ? new RestoreServer(socket) : null
  }

  /** As last heard; null before that. */
  get state(): RestoreState | null {
    return this.#state
  }

  /** The process is gone, or let go. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  command(command: RestoreCommand): void {
    this.#socket.write(`${JSON.stringify(command)}\n`)
  }

  /** Waits until the process has come so far. Errors: `memory_image_invalid`, `hypervisor_gone`, `memory_process_gone` when it ended before. */
  async reached(phase: 'ready' | 'running' | 'complete'): Promise<void> {
    const order = ['opening', 'ready', 'running', 'complete']
    for (;;) {
      const state = this.#state
      if (state?.phase === 'failed') throw failureOf(state)
      if (this.#isClosed && state?.phase !== 'complete')
        throw new StillpointError(
          'memory_process_gone',
          'The process that gives a guest its memory ended before the guest could run. The VM is as it was; try again.',
        )
      if (state && order.indexOf(state.phase) >= order.indexOf(phase)) return
      await new Promise<void>((resolve) => this.#waiting.add(resolve))
    }
  }

  /** Lets the process go on by itself; one whose guest does not run yet ends. */
  disconnect(): void {
    this.#socket.destroy()
  }

  #changed(): void {
    for (const resolve of this.#waiting) resolve()
    this.#waiting.clear()
    this.onChange()
  }
}

export function failureOf({ error, code }: RestoreState): StillpointError {
  if (code === 'hypervisor_gone') return new StillpointError(code, error ?? '')
  if (code === 'memory_image_invalid')
    return new StillpointError(code, `${error}; the disks of the checkpoint are not affected.`)
  return new StillpointError('internal', `Restoring the memory failed: ${error}.`)
}
