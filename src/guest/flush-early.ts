import { setTimeout as sleep } from 'node:timers/promises'
import { AgentRefusal, type GuestAgent } from './agent.ts'

const flushTimeoutMs = 5000

/**
 * Lets the guest write its dirty data while it still runs, so that little is left to do once it is
 * frozen: a freeze lasts as long as its flush. Best effort: a guest whose agent may not run programs, or that
 * has no `sync`, is frozen all the same. Error: `agent_unavailable`.
 */
export async function flushEarly(agent: GuestAgent): Promise<void> {
  const giveUpAt = performance.now() + flushTimeoutMs
  try {
    const { pid } = (await agent.execute('guest-exec', { path: 'sync' })) as { pid?: unknown } // checked by use
    while (performance.now() < giveUpAt) {
      const status = (await agent.execute('guest-exec-status', { pid })) as { exited?: unknown }
      if (status.exited !== false) return
      await sleep(10)
    }
  } catch (error) {
    if (!(error instanceof AgentRefusal)) throw error
  }
}
