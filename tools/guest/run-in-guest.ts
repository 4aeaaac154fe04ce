import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { GuestAgent } from '../../src/guest/agent.ts'

const reachTimeoutMs = 30_000
const startedSchema = z.object({ pid: z.int() })
const statusSchema = z.object({
  exited: z.boolean(),
  exitcode: z.int().optional(),
  'out-data': z.string().default(''),
  'err-data': z.string().default(''),
})

/** Runs a shell command in a guest through its agent, and returns what it printed. Fails when the command does. */
export async function runInGuest(agentSocket: string, command: string, timeoutMs = 60_000): Promise<string> {
  const agent = await GuestAgent.open(agentSocket, reachTimeoutMs)
  try {
    const args = { path: '/bin/sh', arg: ['-c', command], 'capture-output': true }
    const { pid } = startedSchema.parse(await agent.execute('guest-exec', args))
    const giveUpAt = performance.now() + timeoutMs
    for (;;) {
      const status = statusSchema.parse(await agent.execute('guest-exec-status', { pid }))
      if (status.exited) {
        const [out, err] = [status['out-data'], status['err-data']].map((text) =>
          Buffer.from(text, 'base64').toString(),
        )
        if (status.exitcode === 0) return out ?? ''
        throw new Error(`"${command}" failed in the guest (exit code ${status.exitcode}): ${out}${err}`)
      }
      if (performance.now() > giveUpAt)
        throw new Error(`"${command}" did not end in the guest within ${timeoutMs} ms`)
      await sleep(20)
    }
  } finally {
    agent.close()
  }
}
