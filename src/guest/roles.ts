import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { StillpointError } from '../core/error.ts'
import { AgentRefusal, GuestAgent } from './agent.ts'
import { readInfo } from './agent-answers.ts'
import { type GuestFacts, linuxScript, readLinux, readWindows, windowsCommands } from './guest-facts.ts'

/** What could be learnt, and why not more. */
export interface LookedAt {
  readonly facts: GuestFacts
  /** Why nothing is known of what runs in the guest; null when it is. */
  readonly gap: string | null
}

const systemSchema = z.object({
  id: z.string().optional(),
  'pretty-name': z.string().optional(),
  'kernel-version': z.string().optional(),
})
const startedSchema = z.object({ pid: z.int() })
const statusSchema = z.object({ exited: z.boolean(), 'out-data': z.string().default('') })
const everyMs = 20

/**
 * Asks the guest what it is: its system, the programs and services that run, the ports on which they listen. Changes
 * nothing in it. One conversation at a time: call it in the VM's turn.
 * Errors: `agent_unavailable` when the agent is absent, silent or breaks off within `timeoutMs`; the signal's reason.
 */
export async function lookAtGuest(
  agentSocket: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<LookedAt> {
  const until = performance.now() + timeoutMs
  const left = () => Math.max(1, until - performance.now())
  signal.throwIfAborted()
  const agent = await GuestAgent.open(agentSocket, timeoutMs)
  const onAbort = () => agent.close()
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await ask(agent, left)
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    signal.removeEventListener('abort', onAbort)
    agent.close()
  }
}

async function ask(agent: GuestAgent, left: () => number): Promise<LookedAt> {
  const info = readInfo(await agent.execute('guest-info', {}, left()))
  const status = await orNull(agent.execute('guest-fsfreeze-status', {}, left()))
  if (status === 'frozen') {
    // It would refuse nearly everything, as if that were forbidden.
    throw new StillpointError('agent_unavailable', 'The guest is frozen just now.')
  }
  const system =
    systemSchema.safeParse(await orNull(agent.execute('guest-get-osinfo', {}, left()))).data ?? {}
  const isWindows = system.id === 'mswindows'
  const version = Number.parseFloat(system['kernel-version'] ?? '')
  const facts: GuestFacts = {
    osId: system.id === undefined ? null : printable(system.id),
    osName: system['pretty-name'] === undefined ? null : printable(system['pretty-name']),
    windowsVersion: isWindows && Number.isFinite(version) ? version : null,
    programs: [],
    services: [],
    marks: [],
    listeningPorts: [],
    isDomainController: false,
  }
  if (!info.canRun) return { facts, gap: 'its agent may not run programs (guest-exec)' }
  try {
    const found = isWindows ? await askWindows(agent, left) : await askLinux(agent, left)
    return { facts: { ...facts, ...found }, gap: null }
  } catch (error) {
    if (!(error instanceof AgentRefusal)) throw error
    return { facts, gap: `its agent refused: ${printable(error.message)}` }
  }
}

async function askLinux(agent: GuestAgent, left: () => number) {
  const command = { path: '/bin/sh', arg: ['-c', linuxScript] }
  return readLinux(await output(agent, await begin(agent, command, left), left))
}

async function askWindows(agent: GuestAgent, left: () => number) {
  // All at once: each of them is a process that has to be started.
  const { services, sockets, product } = windowsCommands
  const pids = {
    services: await begin(agent, services, left),
    sockets: await begin(agent, sockets, left),
    product: await begin(agent, product, left),
  }
  return readWindows({
    services: await output(agent, pids.services, left),
    sockets: await output(agent, pids.sockets, left),
    product: await output(agent, pids.product, left),
  })
}

async function begin(
  agent: GuestAgent,
  command: { readonly path: string; readonly arg: readonly string[] },
  left: () => number,
): Promise<number> {
  const answer = await agent.execute('guest-exec', { ...command, 'capture-output': true }, left())
  const started = startedSchema.safeParse(answer)
  if (started.success) return started.data.pid
  throw rubbish('guest-exec')
}

/** Output of a program, whatever its exit code. */
async function output(agent: GuestAgent, pid: number, left: () => number): Promise<string> {
  for (;;) {
    const status = statusSchema.safeParse(await agent.execute('guest-exec-status', { pid }, left()))
    if (!status.success) throw rubbish('guest-exec-status')
    if (status.data.exited) return Buffer.from(status.data['out-data'], 'base64').toString('utf8')
    if (left() <= everyMs) {
      throw new StillpointError('agent_unavailable', 'The guest took too long to say what runs in it.')
    }
    await sleep(everyMs)
  }
}

function rubbish(command: string): StillpointError {
  return new StillpointError('agent_unavailable', `The guest agent answered rubbish to ${command}.`)
}

async function orNull(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof AgentRefusal) return null
    throw error
  }
}

const printable = (text: string) => text.replace(/\p{Cc}/gu, ' ').slice(0, 100)
