import { z } from 'zod'
import { StillpointError } from '../core/error.ts'
import { AgentRefusal, type GuestAgent } from './agent.ts'

const chunkBytes = 32 * 1024
const handleSchema = z.int()

/** Whether a file of the guest can be opened for reading; false also where the agent may not look. Error: `agent_unavailable`. */
export async function existsInGuest(agent: GuestAgent, path: string): Promise<boolean> {
  try {
    const handle = await agent.execute('guest-file-open', { path, mode: 'r' })
    await agent.execute('guest-file-close', { handle })
    return true
  } catch (error) {
    if (error instanceof AgentRefusal) return false
    throw error
  }
}

/** Writes a file of the guest, in place of what it held. Errors: AgentRefusal; `agent_unavailable`. */
export async function writeInGuest(agent: GuestAgent, path: string, content: Buffer): Promise<void> {
  const answer = handleSchema.safeParse(await agent.execute('guest-file-open', { path, mode: 'w' }))
  if (!answer.success) throw new StillpointError('agent_unavailable', 'The guest agent opened no file.')
  const handle = answer.data
  try {
    for (let at = 0; at < content.length; at += chunkBytes) {
      const chunk = content.subarray(at, at + chunkBytes).toString('base64')
      await agent.execute('guest-file-write', { handle, 'buf-b64': chunk })
    }
    await agent.execute('guest-file-flush', { handle })
  } finally {
    await agent.execute('guest-file-close', { handle })
  }
}
