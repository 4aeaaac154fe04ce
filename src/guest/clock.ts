import type { Clock } from '../core/clock.ts'
import { GuestAgent } from './agent.ts'

const reachTimeoutMs = 5000

/** Sets the guest's clock to the host's. Errors: `agent_unavailable`; AgentRefusal. */
export async function setGuestClock(agentSocket: string, clock: Clock): Promise<void> {
  const agent = await GuestAgent.open(agentSocket, reachTimeoutMs)
  try {
    await agent.execute('guest-set-time', { time: clock.now().getTime() * 1_000_000 }, reachTimeoutMs)
  } finally {
    agent.close()
  }
}
