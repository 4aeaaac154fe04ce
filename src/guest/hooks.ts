import { z } from 'zod'
import { AgentRefusal, type GuestAgent } from './agent.ts'
import { existsInGuest } from './guest-files.ts'
import { runProgram } from './run-program.ts'

/** Where the hooks are in a guest, if they are. */
export const hooksFolder = '/usr/lib/stillpoint-hooks'
export const hooksDriver = `${hooksFolder}/stillpoint-hooks`

/** What an application did, or could not do, to be consistent while it is frozen. */
export interface ApplicationReport {
  readonly name: string
  readonly outcome: 'consistent' | 'failed'
  readonly prepareMs: number
  /** Its version, or what failed. */
  readonly detail: string
}

export interface HeldApplications {
  /** The hooks ran, so they have to be told to release. */
  readonly isHeld: boolean
  readonly applications: readonly ApplicationReport[]
}

/** For each application. The guest's administrator may allow up to a minute. */
const limitSeconds = 10
/** The driver ends each hook in time; so long is waited for a driver that does not. */
export const longestPrepareMs = 75_000
const longestReleaseMs = 30_000
/** Beside the freeze: for the way from being ready to the freeze, also that of other VMs of a group. */
const holdMarginSeconds = 20

/** What the package as a whole has to say stands under this name. */
const packageName = 'Guest hooks'

/**
 * Lets the hooks in the guest make its applications consistent. In a guest without hooks that is a question
 * or two to its agent. What an application cannot do is in its report and stops nothing; all of them are
 * released by the guest itself some time after the freeze budget, whatever becomes of the host.
 * `signal` calls it off; release is due then too. Error: `agent_unavailable`.
 */
export async function prepareApplications(
  agent: GuestAgent,
  { canRun, budgetMs, signal }: { canRun: boolean; budgetMs: number; signal: AbortSignal },
): Promise<HeldApplications> {
  const failed = (detail: string, isHeld: boolean) => ({ isHeld, applications: [packageFailure(detail)] })
  if (!canRun) {
    const isThere = await existsInGuest(agent, hooksDriver)
    return isThere ? failed('the guest agent may not run programs (guest-exec)', false) : nothingHeld
  }
  const holdSeconds = Math.ceil(budgetMs / 1000) + holdMarginSeconds
  const args = ['prepare', '--limit', String(limitSeconds), '--hold', String(holdSeconds)]
  try {
    const limits = { timeoutMs: longestPrepareMs, signal }
    const result = await runProgram(agent, hooksDriver, args, limits)
    if (result === null) {
      return failed(signal.aborted ? 'called off' : `not ready within ${longestPrepareMs / 1000} s`, true)
    }
    if (result.exitCode !== 0) return failed(lastLine(result.err) || `exit code ${result.exitCode}`, true)
    return { isHeld: true, applications: readReports(result.out) }
  } catch (error) {
    if (!(error instanceof AgentRefusal)) throw error
    return (await existsInGuest(agent, hooksDriver)) ? failed(error.message, false) : nothingHeld
  }
}

const nothingHeld: HeldApplications = { isHeld: false, applications: [] }

/**
 * Lets the applications go on, and returns the reports of `held` as they are in the end: one that was not
 * held until now is not consistent. Error: `agent_unavailable`.
 */
export async function releaseApplications(
  agent: GuestAgent,
  { applications }: HeldApplications,
): Promise<readonly ApplicationReport[]> {
  try {
    const result = await runProgram(agent, hooksDriver, ['release'], { timeoutMs: longestReleaseMs })
    if (result === null) return unknownEnd(applications, 'the hooks did not end')
    if (result.exitCode !== 0) return unknownEnd(applications, lastLine(result.err))
    return heldUntil(applications, readReports(result.out))
  } catch (error) {
    if (!(error instanceof AgentRefusal)) throw error
    return unknownEnd(applications, error.message)
  }
}

/** The reports when nobody can tell whether the applications were held until the thaw. */
export function unknownEnd(
  applications: readonly ApplicationReport[],
  why: string,
): readonly ApplicationReport[] {
  const detail = clean(`it is not known whether it was held until the thaw: ${why}`, longestDetail)
  return applications.map((each) =>
    each.outcome === 'consistent' ? { ...each, outcome: 'failed', detail } : each,
  )
}

function heldUntil(
  prepared: readonly ApplicationReport[],
  released: readonly ApplicationReport[],
): readonly ApplicationReport[] {
  return prepared.map((each) => {
    if (each.outcome === 'failed') return each
    const end = released.find(({ name }) => name === each.name)
    if (!end) return { ...each, outcome: 'failed', detail: 'it was not held any more at the thaw' }
    return end.outcome === 'failed' ? { ...each, outcome: 'failed', detail: end.detail } : each
  })
}

const longestName = 60
const longestDetail = 200
const mostReports = 32

const reportSchema = z.object({
  name: z.string().transform((text) => clean(text, longestName) || packageName),
  outcome: z.enum(['consistent', 'failed']),
  prepareMs: z.number().min(0).max(3_600_000),
  detail: z.string().transform((text) => clean(text, longestDetail)),
})

/** Lines of JSON from a guest, which goes into a record: bounded, printable, and nothing in it unread. */
export function readReports(text: string): readonly ApplicationReport[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  if (lines.length > mostReports) return [packageFailure(`it spoke of more than ${mostReports} applications`)]
  return lines.map((line) => {
    try {
      return reportSchema.parse(JSON.parse(line))
    } catch {
      return packageFailure(`it answered with something else than a report: ${line.slice(0, 60)}`)
    }
  })
}

function packageFailure(detail: string): ApplicationReport {
  return { name: packageName, outcome: 'failed', prepareMs: 0, detail: clean(detail, longestDetail) }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? ''
}

/** Without control and formatting characters, which could draw on somebody's terminal. */
function clean(text: string, length: number): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, length)
}
