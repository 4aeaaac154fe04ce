import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { roundMs } from '../core/clock.ts'
import { withDeadline } from '../core/deadline.ts'
import { isStillpointError, messageOf, StillpointError } from '../core/error.ts'
import { type ApplicationReport, longestPrepareMs, unknownEnd } from './hooks.ts'
import { wakeGuest } from './wake.ts'

export type KeeperMessage =
  | { readonly kind: 'ready'; readonly agentVersion: string; readonly osId: string | null }
  | {
      readonly kind: 'prepared'
      readonly isHeld: boolean
      readonly applications: readonly ApplicationReport[]
    }
  | { readonly kind: 'released'; readonly applications: readonly ApplicationReport[] }
  | { readonly kind: 'frozen'; readonly fileSystems: number; readonly freezeMs: number }
  | {
      readonly kind: 'thawed'
      readonly cause: 'asked' | 'deadline' | 'orphaned'
      readonly fileSystems: number
      readonly frozenMs: number
    }
  | {
      readonly kind: 'failed'
      readonly code: 'agent_unavailable' | 'freeze_failed'
      readonly message: string
    }

export interface FrozenSpan {
  /** From the freeze command to the answer to thaw. */
  readonly frozenMs: number
  readonly fileSystems: number
}

export interface FrozenResult<T> {
  readonly value: T
  readonly span: FrozenSpan
  readonly applications: readonly ApplicationReport[]
}

/** A guest that can be frozen: its agent was reached and a process of its own holds the deadline. */
export interface FreezeKeeper {
  readonly agentVersion: string
  /** `debian`, `mswindows`…; null when the agent does not tell. */
  readonly osId: string | null
  /**
   * Lets the hooks in the guest prepare its applications, which takes seconds at most where there are any, and
   * next to no time where not. From then on they may hold writes back, until `whileFrozen` is over or `close`.
   * `whileFrozen` does it where it was not done; whoever freezes several guests at once does it for all of them
   * first, so that none is frozen while others prepare. Errors: `agent_unavailable`, `freeze_failed`; the signal's reason.
   */
  prepare(): Promise<void>
  /**
   * Freezes, runs `body`, thaws, releases the applications: on success, error, abort and timeout. What `body` did while the guest
   * was frozen counts only when this resolves; `applications` says which were consistent then.
   * `onThawed` is called when the guest goes on, before its applications do.
   * Errors: `freeze_failed` when the guest refuses, or was not held frozen until the end; `guest_frozen`
   * when it could not be thawed yet; those of `body`.
   */
  whileFrozen<T>(body: () => Promise<T>, onThawed?: () => void): Promise<FrozenResult<T>>
  /** Lets the keeper end; resolves when applications that had prepared, and were never frozen, are released. */
  close(): Promise<void>
}

const reachTimeoutMs = 3000
const graceMs = 2000
const prepareGraceMs = 10_000
/** The keeper's own limit is less; it may have to open the channel again. */
const releaseWaitMs = 75_000

/** Errors: `agent_unavailable`, `freeze_failed`; the guest is untouched then. */
export async function openFreezeKeeper(
  agentSocket: string,
  budgetMs: number,
  signal: AbortSignal,
): Promise<FreezeKeeper> {
  const program = fileURLToPath(new URL('./freeze-keeper-main.ts', import.meta.url))
  const child = spawn(process.execPath, [program, agentSocket, String(budgetMs), String(reachTimeoutMs)], {
    detached: true, // a Ctrl-C for the daemon must not reach it
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const messages = new Messages(child)
  const close = async () => {
    messages.end() // the keeper ends by itself, once nothing is frozen
    child.unref()
    if (!wasFrozen) await untilReleased().catch(() => {}) // it goes on releasing by itself
  }
  const thawAfter = async (error: unknown, timeoutMs: number): Promise<void> => {
    if (messages.hasEnded) await wakeGuest(agentSocket, null)
    else if (isStillpointError(error, 'timeout')) throw error
    else await messages.expect('thawed', timeoutMs)
  }
  /**
   * Waits for the thaw; what the keeper says before it (that the budget is over, that the guest refuses) is thrown
   * after it. When the keeper itself is lost, this process thaws. Error: `guest_frozen`, for then nothing
   * else may be begun.
   */
  const untilThawed = async (cause?: unknown): Promise<Extract<KeeperMessage, { kind: 'thawed' }>> => {
    const thawWaitMs = Math.max(5000, 10 * budgetMs) // freeze hooks that hang have to end first
    try {
      return await messages.expect('thawed', thawWaitMs)
    } catch (error) {
      const isThawed = await thawAfter(error, thawWaitMs).then(
        () => true,
        () => false,
      )
      if (isThawed) throw error
      throw new StillpointError(
        'guest_frozen',
        `The guest may still be frozen; it is thawed as soon as its agent answers. ${messageOf(cause ?? error)}`,
        { cause: cause ?? error },
      )
    }
  }
  let wasFrozen = false
  let prepared: Promise<Extract<KeeperMessage, { kind: 'prepared' }>> | null = null
  const prepare = async (): Promise<void> => {
    if (!prepared) {
      messages.send('prepare')
      prepared = messages.expect('prepared', longestPrepareMs + prepareGraceMs, signal)
    }
    await prepared
  }
  /** Nobody else can talk to the agent before that, and a memory image would hold what is held. */
  const untilReleased = async (): Promise<readonly ApplicationReport[]> => {
    const { isHeld, applications } = (await prepared) ?? { isHeld: false, applications: [] }
    if (!isHeld) return applications
    try {
      return (await messages.expect('released', releaseWaitMs)).applications
    } catch (error) {
      return unknownEnd(applications, messageOf(error))
    }
  }
  try {
    const ready = await messages.expect('ready', reachTimeoutMs + 15_000, signal)
    return {
      agentVersion: ready.agentVersion,
      osId: ready.osId,
      close,
      prepare,
      async whileFrozen(body, onThawed) {
        signal.throwIfAborted()
        await prepare()
        wasFrozen = true
        let value: Awaited<ReturnType<typeof body>>
        try {
          messages.send('freeze')
          await messages.expect('frozen', budgetMs + graceMs, signal)
          value = await body()
        } catch (error) {
          messages.send('thaw')
          await untilThawed(error).catch((second) => {
            if (isStillpointError(second, 'guest_frozen')) throw second
          })
          await untilReleased()
          throw error
        }
        messages.send('thaw')
        const { cause, fileSystems, frozenMs } = await untilThawed()
        onThawed?.()
        const applications = await untilReleased()
        if (cause !== 'asked' || fileSystems === 0) {
          throw new StillpointError(
            'freeze_failed',
            'The guest had been thawed before the disks were switched.',
          )
        }
        return { value, span: { frozenMs: roundMs(frozenMs), fileSystems }, applications }
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}

class Messages {
  readonly #child: ChildProcess
  readonly #received: KeeperMessage[] = []
  #wake = Promise.withResolvers<void>()
  #failure: StillpointError | null = null

  constructor(child: ChildProcess) {
    this.#child = child
    child.on('error', (error) => this.#fail(`it cannot be started: ${error.message}`))
    child.on('close', () => this.#fail('it ended'))
    child.stdin?.on('error', () => {}) // its end is reported by 'exit'
    if (child.stdout) {
      createInterface({ input: child.stdout }).on('line', (line) => {
        this.#received.push(JSON.parse(line))
        this.#wake.resolve()
      })
    }
  }

  get hasEnded(): boolean {
    return this.#failure !== null
  }

  send(line: 'prepare' | 'freeze' | 'thaw'): void {
    this.#child.stdin?.write(`${line}\n`)
  }

  end(): void {
    this.#child.stdin?.end()
  }

  async expect<Kind extends KeeperMessage['kind']>(
    kind: Kind,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<Extract<KeeperMessage, { kind: Kind }>> {
    const limits = { timeoutMs, what: 'The conversation with the guest', signal }
    return await withDeadline(this.#next(kind), limits)
  }

  async #next<Kind extends KeeperMessage['kind']>(
    kind: Kind,
  ): Promise<Extract<KeeperMessage, { kind: Kind }>> {
    for (;;) {
      for (let message = this.#received.shift(); message; message = this.#received.shift()) {
        if (message.kind === kind) return message as Extract<KeeperMessage, { kind: Kind }> // just compared
        if (message.kind === 'failed') throw new StillpointError(message.code, message.message)
      }
      if (this.#failure) throw this.#failure
      this.#wake = Promise.withResolvers()
      await this.#wake.promise
    }
  }

  #fail(why: string): void {
    this.#failure ??= new StillpointError(
      'freeze_failed',
      `The process that holds the freeze deadline failed: ${why}.`,
    )
    this.#wake.resolve()
  }
}
