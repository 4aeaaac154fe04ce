import { connect, type Socket } from 'node:net'
import { withDeadline } from '../core/deadline.ts'
import { isStillpointError, messageOf, StillpointError } from '../core/error.ts'

/** A refusal by the agent in the guest, in its own words. */
export class AgentRefusal extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'AgentRefusal'
  }
}

type Answer = { readonly return: unknown } | { readonly refusal: string }

function parseAnswer(line: Buffer): Answer {
  const answer: unknown = JSON.parse(line.toString('utf8'))
  if (typeof answer === 'object' && answer !== null) {
    if ('error' in answer) {
      const desc = (answer.error as { desc?: unknown } | null)?.desc
      return { refusal: typeof desc === 'string' ? desc.slice(0, 500) : 'no reason given' }
    }
    if ('return' in answer) return { return: answer.return }
  }
  throw new Error('it answered with something else')
}

const longestLineBytes = 4 * 1024 * 1024

/**
 * A conversation with the guest agent over its virtio-serial socket. The channel has no connection of
 * its own: bytes of an earlier conversation may come first, and nobody may be listening. So it begins
 * with `guest-sync-delimited`, and every call has a deadline.
 */
export class GuestAgent {
  readonly #socket: Socket
  #buffer: Buffer = Buffer.alloc(0)
  #waiting: { resolve: (line: Buffer) => void; reject: (error: Error) => void } | null = null
  #failure: Error | null = null

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk) => this.#take(chunk))
    socket.on('error', (error) => this.#fail(error))
    socket.on('close', () => this.#fail(new Error('the channel to the guest agent was closed')))
  }

  /** Error: `agent_unavailable` when it does not answer within `timeoutMs`, or answers rubbish. */
  static async open(socketPath: string, timeoutMs: number): Promise<GuestAgent> {
    const socket = connect(socketPath)
    const agent = new GuestAgent(socket)
    try {
      await withDeadline(agent.#synchronise(), { timeoutMs, what: 'The answer of the guest agent' })
      return agent
    } catch (error) {
      agent.close()
      throw new StillpointError(
        'agent_unavailable',
        isStillpointError(error, 'timeout')
          ? `The guest agent does not answer; ${timeoutMs} ms were allowed.`
          : `The guest agent cannot be talked to: ${messageOf(error)}`,
        {
          cause: error,
        },
      )
    }
  }

  /**
   * Errors: AgentRefusal with the guest's reason; `agent_unavailable` when the channel breaks, the
   * answer is not one, or none comes in time. After the latter the conversation is over.
   */
  async execute(command: string, args: object = {}, timeoutMs = 5000): Promise<unknown> {
    let answer: Answer
    try {
      const line = this.#nextLine()
      this.#socket.write(`${JSON.stringify({ execute: command, arguments: args })}\n`)
      answer = parseAnswer(await withDeadline(line, { timeoutMs, what: `The guest agent's ${command}` }))
    } catch (error) {
      // A late answer would be taken for that of the next call.
      this.#fail(new Error(`the conversation ended at ${command}`))
      throw new StillpointError(
        'agent_unavailable',
        `The guest agent failed at ${command}: ${messageOf(error)}`,
        { cause: error },
      )
    }
    if ('refusal' in answer) throw new AgentRefusal(answer.refusal)
    return answer.return
  }

  close(): void {
    this.#socket.destroy()
  }

  /** Discards whatever is left of earlier conversations: 0xFF resets the parser on both sides. */
  async #synchronise(): Promise<void> {
    const id = Math.floor(Math.random() * 2 ** 31)
    const request = JSON.stringify({ execute: 'guest-sync-delimited', arguments: { id } })
    this.#socket.write(Buffer.concat([Buffer.from([0xff]), Buffer.from(`${request}\n`)]))
    for (;;) {
      const line = await this.#nextLine()
      const text = line.subarray(line.lastIndexOf(0xff) + 1).toString('utf8')
      try {
        if (JSON.parse(text).return === id) return
      } catch {
        // Left over from an earlier conversation, or rubbish: the deadline ends a guest that only sends that.
      }
    }
  }

  #nextLine(): Promise<Buffer> {
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
    if (this.#failure) reject(this.#failure)
    else {
      this.#waiting = { resolve, reject }
      this.#deliver()
    }
    promise.catch(() => {}) // the caller may have given up
    return promise
  }

  #take(chunk: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk])
    if (this.#buffer.length > longestLineBytes) this.#fail(new Error('it sends an endless line'))
    this.#deliver()
  }

  #deliver(): void {
    const end = this.#buffer.indexOf(10)
    if (end === -1 || !this.#waiting) return
    const line = this.#buffer.subarray(0, end)
    this.#buffer = this.#buffer.subarray(end + 1)
    const { resolve } = this.#waiting
    this.#waiting = null
    resolve(line)
  }

  #fail(error: Error): void {
    this.#failure ??= error
    this.#waiting?.reject(error)
    this.#waiting = null
    this.#buffer = Buffer.alloc(0)
    this.#socket.destroy()
  }
}
