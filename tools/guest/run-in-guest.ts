import { GuestAgent } from '../../src/guest/agent.ts'
import { runProgram } from '../../src/guest/run-program.ts'

const reachTimeoutMs = 30_000

/** Runs a shell command in a guest through its agent, and returns what it printed. Fails when the command does. */
export async function runInGuest(agentSocket: string, command: string, timeoutMs = 60_000): Promise<string> {
  const agent = await GuestAgent.open(agentSocket, reachTimeoutMs)
  try {
    const ended = await runProgram(agent, '/bin/sh', ['-c', command], { timeoutMs })
    if (!ended) throw new Error(`"${command}" did not end in the guest within ${timeoutMs} ms`)
    const { exitCode, out, err } = ended
    if (exitCode === 0) return out
    throw new Error(`"${command}" failed in the guest (exit code ${exitCode}): ${out}${err}`)
  } finally {
    agent.close()
  }
}
