import { z } from 'zod'
import { messageOf, StillpointError } from '../core/error.ts'
import { AgentRefusal, GuestAgent } from './agent.ts'
import { existsInGuest, writeInGuest } from './guest-files.ts'
import { hooksDriver, hooksFolder } from './hooks.ts'
import { readHooksPackage } from './hooks-package.ts'
import { runProgram } from './run-program.ts'

export interface InstalledHook {
  /** Name of its file. */
  readonly hook: string
  /** `own`: the guest's administrator wrote it. */
  readonly origin: 'stillpoint' | 'own'
  /** The application, when it runs; null when not. */
  readonly application: string | null
}

export interface HooksState {
  /** Version in the guest; null when none are installed. */
  readonly installed: string | null
  /** Version that comes with this Stillpoint. */
  readonly offered: string
  readonly hooks: readonly InstalledHook[]
  /** Applications are held at this moment. */
  readonly isHeld: boolean
}

const reachTimeoutMs = 5000
const runTimeoutMs = 60_000

/**
 * Puts the hooks into a running guest, in place of other versions; own hooks of its administrator stay.
 * File by file, each replaced in one step: what a crash leaves works, and is installed again.
 * Errors: `agent_unavailable`; `guest_refused` with the guest's words.
 */
export async function installHooks(agentSocket: string): Promise<HooksState> {
  const { files } = await readHooksPackage()
  return await withAgent(agentSocket, 'install the hooks in', async (agent) => {
    await shell(agent, `umask 022; mkdir -p ${hooksFolder}/hooks.d /etc/stillpoint/hooks.d`)
    for (const { path, content } of files) await writeInGuest(agent, `${hooksFolder}/${path}.new`, content)
    const replace = files.map(({ path, mode }) => {
      const file = `${hooksFolder}/${path}`
      return `chown 0:0 ${file}.new; chmod ${mode} ${file}.new; mv -f ${file}.new ${file}`
    })
    const kept = files.map(({ path }) => `${hooksFolder}/${path}`).join('|')
    const removeOthers = `for each in ${hooksFolder}/hooks.d/*; do case $each in ${kept}) ;; *) rm -f "$each" ;; esac; done`
    await shell(agent, ['set -e', ...replace, removeOthers, 'sync'].join('\n'))
    return await stateOf(agent)
  })
}

/** Takes the hooks out of a running guest; own ones of its administrator stay. Errors as installHooks. */
export async function removeHooks(agentSocket: string): Promise<HooksState> {
  return await withAgent(agentSocket, 'remove the hooks from', async (agent) => {
    if (await existsInGuest(agent, hooksDriver)) {
      await shell(
        agent,
        `${hooksDriver} release >/dev/null; rm -rf ${hooksFolder}; rmdir /etc/stillpoint/hooks.d /etc/stillpoint 2>/dev/null; sync`,
      )
    }
    return await stateOf(agent)
  })
}

/** What is installed, and which of its applications run now. Errors as installHooks. */
export async function showHooks(agentSocket: string): Promise<HooksState> {
  return await withAgent(agentSocket, 'look at the hooks of', stateOf)
}

async function withAgent<T>(
  agentSocket: string,
  what: string,
  body: (agent: GuestAgent) => Promise<T>,
): Promise<T> {
  const agent = await GuestAgent.open(agentSocket, reachTimeoutMs)
  try {
    return await body(agent)
  } catch (error) {
    if (!(error instanceof AgentRefusal)) throw error
    throw new StillpointError(
      'guest_refused',
      `The guest refused to ${what} it: ${messageOf(error)}. Its agent has to allow guest-exec and the guest-file commands.`,
      { cause: error },
    )
  } finally {
    agent.close()
  }
}

/** A script of ours: nothing in it comes from a guest or a user. */
async function shell(agent: GuestAgent, script: string): Promise<void> {
  const result = await runProgram(agent, '/bin/sh', ['-c', script], { timeoutMs: runTimeoutMs })
  if (result?.exitCode === 0) return
  const why = result === null ? `not done within ${runTimeoutMs / 1000} s` : result.err.trim().slice(-200)
  throw new AgentRefusal(why)
}

const firstLineSchema = z.object({ version: z.string().max(100), held: z.boolean() })
const hookLineSchema = z.object({
  hook: z.string().max(100),
  origin: z.enum(['stillpoint', 'own']),
  running: z.string().max(200).nullable(),
})
const mostHooks = 64

async function stateOf(agent: GuestAgent): Promise<HooksState> {
  const { version: offered } = await readHooksPackage()
  if (!(await existsInGuest(agent, hooksDriver))) {
    return { installed: null, offered, hooks: [], isHeld: false }
  }
  const result = await runProgram(agent, hooksDriver, ['status'], { timeoutMs: runTimeoutMs })
  if (result?.exitCode !== 0) throw new AgentRefusal(`its hooks do not tell their state ${result?.err ?? ''}`)
  try {
    const [first, ...rest] = result.out
      .trim()
      .split('\n')
      .slice(0, mostHooks + 1)
      .map((line): unknown => JSON.parse(line))
    const { version, held } = firstLineSchema.parse(first)
    const hooks = z.array(hookLineSchema).parse(rest)
    return {
      installed: version,
      offered,
      isHeld: held,
      hooks: hooks.map(({ hook, origin, running }) => ({ hook, origin, application: running })),
    }
  } catch (error) {
    throw new StillpointError('agent_unavailable', 'The hooks in the guest answered with something else.', {
      cause: error,
    })
  }
}
