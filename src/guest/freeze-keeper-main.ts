import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf, StillpointError } from '../core/error.ts'
import { AgentRefusal, GuestAgent } from './agent.ts'
import { readCount, readInfo, readOsId } from './agent-answers.ts'
import { flushEarly } from './flush-early.ts'
import type { KeeperMessage } from './freeze-keeper.ts'
import { type HeldApplications, prepareApplications, releaseApplications, unknownEnd } from './hooks.ts'

/**
 * The process that holds the deadline of a freeze. It alone talks to the agent while the guest is
 * frozen, and it thaws when it is told to, when its budget is over, or when whoever started it is gone
 * (the end of standard input): so no guest stays frozen, whatever becomes of the daemon. The applications that
 * hooks in the guest prepared are released in all these cases too, after the thaw.
 *
 * Arguments: agent socket, budget in ms, time allowed to reach the agent in ms.
 * Lines in: `prepare`, `freeze`, `thaw`. Lines out: KeeperMessage as JSON.
 */
const [agentSocket = '', budgetText = '', reachText = ''] = process.argv.slice(2)
const budgetMs = Number(budgetText)
/** Thawing takes time too: it begins so much earlier that the guest is not frozen for longer than its budget. */
const thawMarginMs = Math.min(500, budgetMs / 10)
/** An agent that was started anew meanwhile has lost what it was asked: so it is asked again. */
const attemptTimeoutMs = 10_000

const tell = (message: KeeperMessage) => {
  process.stdout.write(`${JSON.stringify(message)}\n`)
}
process.stdout.on('error', () => {}) // the daemon is gone; the guest must still be thawed

let agent: GuestAgent
let canRunHooks = false
let isWindows = false
let preparing: Promise<HeldApplications> | null = null
const calledOff = new AbortController()
let frozenSince: number | null = null
let freezing = false
let thawing: Promise<void> | null = null

async function main(): Promise<void> {
  agent = await GuestAgent.open(agentSocket, Number(reachText))
  const info = readInfo(await agent.execute('guest-info'))
  const status = await agent.execute('guest-fsfreeze-status').catch(nullIfRefused)
  // Of the two this comes first: while it is frozen, an agent offers next to nothing.
  if (status !== 'thawed' && status !== null)
    throw new StillpointError('freeze_failed', `The guest is already in the freeze state "${status}".`)
  if (!info.canFreeze || status === null)
    throw new StillpointError('freeze_failed', 'The guest agent does not offer to freeze file systems.')
  // An old agent, or one whose administrator forbade the call, does not tell its system.
  const system = await agent.execute('guest-get-osinfo').catch(nullIfRefused)
  const osId = readOsId(system)
  canRunHooks = info.canRun
  isWindows = osId === 'mswindows' // it has VSS for that
  if (info.canRun && !isWindows) await flushEarly(agent)
  tell({ kind: 'ready', agentVersion: info.version, osId })
}

function nullIfRefused(error: unknown): null {
  if (error instanceof AgentRefusal) return null
  throw error
}

async function prepare(): Promise<void> {
  preparing ??= isWindows
    ? Promise.resolve({ isHeld: false, applications: [] })
    : prepareApplications(agent, { canRun: canRunHooks, budgetMs, signal: calledOff.signal })
  try {
    tell({ kind: 'prepared', ...(await preparing) })
  } catch (error) {
    tell({ kind: 'failed', code: 'agent_unavailable', message: messageOf(error) })
    process.exit(1) // whatever is held is released by the guest itself
  }
}

/** What was prepared goes on; the guest does that by itself a little later where it cannot be told. */
async function release(): Promise<void> {
  calledOff.abort()
  const held = await preparing?.catch(() => null)
  if (!held?.isHeld) return
  const applications = await releaseApplications(agent, held).catch(async () => {
    await reconnect()
    return await releaseApplications(agent, held)
  })
  tell({ kind: 'released', applications })
}

async function freeze(): Promise<void> {
  const startedAt = performance.now()
  frozenSince = startedAt
  freezing = true
  const deadline = setTimeout(() => void thaw('deadline'), budgetMs - thawMarginMs)
  try {
    const fileSystems = readCount(await agent.execute('guest-fsfreeze-freeze', {}, budgetMs + 1000))
    freezing = false
    if (!thawing) tell({ kind: 'frozen', fileSystems, freezeMs: performance.now() - startedAt })
  } catch (error) {
    if (thawing) return // the deadline has passed: thaw() reports
    freezing = !(error instanceof AgentRefusal)
    clearTimeout(deadline)
    // A refusal leaves some file systems frozen at worst: thaw whatever was.
    tell({ kind: 'failed', code: 'freeze_failed', message: refusalText(error) })
    await thaw('asked')
  }
}

function refusalText(error: unknown): string {
  return error instanceof AgentRefusal ? `The guest refused to freeze: ${error.message}` : messageOf(error)
}

function thaw(cause: 'asked' | 'deadline' | 'orphaned'): Promise<void> {
  thawing ??= thawNow(cause)
  return thawing
}

/** Tries for as long as there is a VM: a guest that is left frozen is as good as dead. */
async function thawNow(cause: 'asked' | 'deadline' | 'orphaned'): Promise<void> {
  const since = frozenSince
  if (since === null) {
    await release().catch(() => {}) // the guest does it by itself
    process.exit(0)
  }
  if (cause === 'deadline') {
    const message = `The guest was not frozen, switched and thawed within its budget of ${budgetMs} ms; it is being thawed.`
    tell({ kind: 'failed', code: 'freeze_failed', message })
  }
  if (freezing) await reconnect() // its answer is still to come, and would be taken for ours
  for (;;) {
    try {
      const answer = await agent.execute('guest-fsfreeze-thaw', {}, attemptTimeoutMs)
      const fileSystems = typeof answer === 'number' ? answer : 0 // rubbish: nobody knows what it thawed
      tell({ kind: 'thawed', cause, fileSystems, frozenMs: performance.now() - since })
      break
    } catch {
      await sleep(100)
      await reconnect()
    }
  }
  await release().catch(async (error) => {
    const held = await preparing
    if (held) tell({ kind: 'released', applications: unknownEnd(held.applications, messageOf(error)) })
  })
  process.exit(0)
}

/** A new conversation: its synchronisation waits behind a freeze that is still under way. */
async function reconnect(): Promise<void> {
  agent.close()
  try {
    agent = await GuestAgent.open(agentSocket, attemptTimeoutMs)
  } catch (error) {
    if (!isVmGone(error)) return // an agent that does not answer yet: thawNow tries again
    tell({ kind: 'failed', code: 'freeze_failed', message: 'The VM ended before its guest was thawed.' })
    process.exit(1)
  }
}

function isVmGone(error: unknown): boolean {
  const { cause } = error as Error // GuestAgent.open throws nothing else
  return cause instanceof Error && 'code' in cause && ['ENOENT', 'ECONNREFUSED'].includes(String(cause.code))
}

const lines = createInterface({ input: process.stdin })
lines.on('line', (line) => {
  if (line === 'prepare') void prepare()
  else if (line === 'freeze') void freeze()
  else if (line === 'thaw') void thaw('asked')
})
lines.on('close', () => void thaw('orphaned'))
process.on('SIGTERM', () => void thaw('orphaned'))
process.on('SIGINT', () => void thaw('orphaned'))

main().catch((error) => {
  const code =
    error instanceof StillpointError && error.code === 'freeze_failed' ? 'freeze_failed' : 'agent_unavailable'
  tell({ kind: 'failed', code, message: messageOf(error) })
  process.exit(1)
})
