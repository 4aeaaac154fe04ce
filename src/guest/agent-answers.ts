import { StillpointError } from '../core/error.ts'

/** What the agent says goes into the record of a checkpoint, so nothing of it is taken unread. */
const longestText = 100

export interface AgentInfo {
  readonly version: string
  readonly canFreeze: boolean
  /** It may start programs in the guest. */
  readonly canRun: boolean
}

/** The answer to `guest-info`. Error: `agent_unavailable` when it is something else. */
export function readInfo(answer: unknown): AgentInfo {
  const { version, supported_commands: commands } = fieldsOf(answer)
  if (typeof version !== 'string' || !Array.isArray(commands)) throw rubbish('guest-info')
  const offers = (command: string) =>
    commands.map(fieldsOf).some(({ name, enabled }) => name === command && enabled === true)
  return {
    version: version.slice(0, longestText),
    canFreeze: offers('guest-fsfreeze-freeze'),
    canRun: offers('guest-exec'),
  }
}

/** The system's id of an answer to `guest-get-osinfo`; null when it tells none. */
export function readOsId(answer: unknown): string | null {
  const { id } = fieldsOf(answer)
  return typeof id === 'string' ? id.slice(0, longestText) : null
}

/** A number of file systems. Error: `agent_unavailable` when it is something else. */
export function readCount(answer: unknown): number {
  if (typeof answer === 'number' && Number.isSafeInteger(answer) && answer >= 0) return answer
  throw rubbish('the number of file systems')
}

function fieldsOf(answer: unknown): Record<string, unknown> {
  return typeof answer === 'object' && answer !== null ? { ...answer } : {}
}

function rubbish(what: string): StillpointError {
  return new StillpointError('agent_unavailable', `The guest agent answered something else than ${what}.`)
}
