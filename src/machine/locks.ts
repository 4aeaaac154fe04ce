import type { VmId } from '../core/ids.ts'

/** The reason with which a merge is interrupted so that a user need not wait for it. */
export const yieldReason = Symbol('another operation wants the VM')

interface Turn {
  readonly start: () => void
  /** Interrupts the holder; null for one that must not be interrupted. */
  readonly interrupt: AbortController | null
}

/**
 * One operation at a time on a VM, in the order of their coming. A merge gives way: it is interrupted
 * when somebody else wants the VM, and asks for its turn again.
 */
export class VmLocks {
  readonly #queues = new Map<VmId, Turn[]>()

  /** Waits for the VM's turn. When `signal` aborts while waiting, `body` never runs. */
  async run<T>(vmId: VmId, signal: AbortSignal, body: () => Promise<T>): Promise<T> {
    return await this.#enter(vmId, signal, null, body)
  }

  /** As `run`, before those who wait already: for what belongs to the operation that holds the VM now. */
  async runNext<T>(vmId: VmId, signal: AbortSignal, body: () => Promise<T>): Promise<T> {
    return await this.#enter(vmId, signal, null, body, 'next')
  }

  /** As `run`, with a signal that tells `body` to give way. */
  async runYielding<T>(
    vmId: VmId,
    signal: AbortSignal,
    body: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const interrupt = new AbortController()
    const both = AbortSignal.any([signal, interrupt.signal])
    return await this.#enter(vmId, signal, interrupt, () => body(both))
  }

  isBusy(vmId: VmId): boolean {
    return this.#queues.has(vmId)
  }

  async #enter<T>(
    vmId: VmId,
    signal: AbortSignal,
    interrupt: AbortController | null,
    body: () => Promise<T>,
    place: 'last' | 'next' = 'last',
  ): Promise<T> {
    signal.throwIfAborted()
    const queue = this.#queues.get(vmId) ?? []
    this.#queues.set(vmId, queue)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const turn: Turn = { start: resolve, interrupt }
    const onAbort = () => reject(signal.reason)
    if (place === 'last') queue.push(turn)
    else queue.splice(1, 0, turn)
    if (queue[0] === turn) resolve()
    else {
      queue[0]?.interrupt?.abort(yieldReason)
      signal.addEventListener('abort', onAbort, { once: true })
    }
    try {
      await promise
      signal.removeEventListener('abort', onAbort)
      signal.throwIfAborted() // it may have come between the call to start and here
      return await body()
    } finally {
      this.#leave(vmId, queue, turn)
    }
  }

  #leave(vmId: VmId, queue: Turn[], turn: Turn): void {
    const wasFirst = queue[0] === turn
    queue.splice(queue.indexOf(turn), 1)
    const [next, ...others] = queue
    if (!next) this.#queues.delete(vmId)
    else if (wasFirst) {
      next.start()
      if (others.length > 0) next.interrupt?.abort(yieldReason)
    }
  }
}
