import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { StillpointError } from '../core/error.ts'
import type { GuestAgent } from './agent.ts'

export interface ProgramResult {
  /** Null when a signal ended it. */
  readonly exitCode: number | null
  readonly out: string
  readonly err: string
}

const startedSchema = z.object({ pid: z.int() })
const statusSchema = z.object({
  exited: z.boolean(),
  exitcode: z.int().optional(),
  'out-data': z.string().default(''),
  'err-data': z.string().default(''),
})

const shortestWaitMs = 10
const longestWaitMs = 100

/**
 * Runs a program in the guest and returns what it printed; null when it had not ended in time, or `signal`
 * aborted: it may run on then. What it prints is as trustworthy as the guest.
 * Errors: AgentRefusal when it cannot be started; `agent_unavailable`.
 */
export async function runProgram(
  agent: GuestAgent,
  path: string,
  args: readonly string[],
  limits: { timeoutMs: number; signal?: AbortSignal },
): Promise<ProgramResult | null> {
  const started = await agent.execute('guest-exec', { path, arg: args, 'capture-output': true })
  const { pid } = read(startedSchema, started, 'guest-exec')
  const giveUpAt = performance.now() + limits.timeoutMs
  for (let waitMs = shortestWaitMs; ; waitMs = Math.min(longestWaitMs, waitMs * 1.5)) {
    const answer = await agent.execute('guest-exec-status', { pid })
    const status = read(statusSchema, answer, 'guest-exec-status')
    if (status.exited) {
      const text = (name: 'out-data' | 'err-data') => Buffer.from(status[name], 'base64').toString('utf8')
      return { exitCode: status.exitcode ?? null, out: text('out-data'), err: text('err-data') }
    }
    if (performance.now() > giveUpAt || limits.signal?.aborted) return null
    await sleep(waitMs)
  }
}

function read<T>(schema: z.ZodType<T>, answer: unknown, command: string): T {
  const { success, data } = schema.safeParse(answer)
  if (success) return data
  throw new StillpointError(
    'agent_unavailable',
    `The guest agent answered something else than the result of ${command}.`,
  )
}
