import type { Clock } from '../core/clock.ts'
import { AgentRefusal, GuestAgent } from './agent.ts'

const reachTimeoutMs = 5000
const thawTimeoutMs = 30_000

/**
 * What a guest needs that was just put back, or found again: whoever had frozen it is not there any more,
 * so it is thawed; then its clock is set, unless `clock` is null. Returns whether it was found frozen.
 * Errors: `agent_unavailable`; AgentRefusal.
 */
export async function wakeGuest(agentSocket: string, clock: Clock | null): Promise<{ wasFrozen: boolean }> {
  const agent = await GuestAgent.open(agentSocket, reachTimeoutMs)
  try {
    // Frozen, an agent refuses most other calls.
    const wasFrozen = (await agent.execute('guest-fsfreeze-status').catch(notOffered)) === 'frozen'
    if (wasFrozen) await agent.execute('guest-fsfreeze-thaw', {}, thawTimeoutMs)
    if (clock) {
      await agent.execute('guest-set-time', { time: clock.now().getTime() * 1_000_000 }, reachTimeoutMs)
    }
    return { wasFrozen }
  } finally {
    agent.close()
  }
}

/** An agent that cannot freeze has frozen nothing. */
function notOffered(error: unknown): null {
  if (error instanceof AgentRefusal) return null
  throw error
}
