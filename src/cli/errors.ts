import { problemOfError } from '../contract/problem.ts'
import { isStillpointError, messageOf, StillpointError } from '../core/error.ts'
import type { ErrorCode } from '../core/error-registry.ts'
import { plain } from './format.ts'
import { createPaint } from './paint.ts'
import type { System } from './system.ts'

/** Thrown when the user stops watching a task that goes on. */
export class LeftTask extends Error {}

const interruptedExitCode = 130

/** What helps, where the message alone does not. */
const hints: Partial<Record<ErrorCode, string>> = {
  vm_not_found: '`stillpoint vm list` shows the VMs.',
  disk_not_found: '`stillpoint vm show VM` shows the disks of a VM.',
  checkpoint_not_found: '`stillpoint checkpoint list VM` shows the checkpoints of a VM.',
  group_not_found: '`stillpoint group list` shows the groups.',
  set_not_found: '`stillpoint group checkpoints GROUP` shows those of a group.',
  group_incomplete: '`stillpoint group checkpoints GROUP` shows which are complete.',
  task_not_found: '`stillpoint task list` shows the tasks.',
  name_ambiguous: 'use the id; `stillpoint checkpoint list VM` shows it.',
  guard_confirmation_required:
    '`stillpoint vm guards VM` explains them; --accept-risk (of a cmdlet: -AcceptRisk) goes on all the same.',
  guard_forbidden:
    '`stillpoint vm guards VM` explains why; `stillpoint vm set VM --guard GUARD=ACTION` changes it.',
  unauthorized: 'name the file with the token: --token-file FILE.',
  vm_broken: '`stillpoint vm show VM` names the image.',
  image_refers_elsewhere: 'name the file with --disk PATH,backing=FILE if it is to be used.',
  timeout: 'it may succeed later; `stillpoint task list` shows what became of it.',
  hypervisor_gone: '`stillpoint vm show VM` shows the state of the VM now.',
  interrupted: '`stillpoint checkpoint list VM` shows what there is now.',
  internal: "the daemon's log says more: stillpointd.log in its home folder.",
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof LeftTask) return interruptedExitCode
  return known(error).row.exitCode
}

/** For people, or as a problem document. Ends with a line break. */
export function renderError(error: unknown, system: System, isJson: boolean): string {
  if (error instanceof LeftTask) return isJson ? '' : `${error.message}\n`
  const problem = problemOfError(known(error))
  if (isJson) return `${JSON.stringify(problem, null, 2)}\n`
  const paint = createPaint(system.stderr)
  const hint = hints[problem.code as ErrorCode]
  const lines = [`${paint('red', 'error:')} ${plain(problem.detail)}`]
  if (hint) lines.push(`${paint('dim', 'hint:')} ${hint}`)
  return `${lines.join('\n')}\n`
}

function known(error: unknown): StillpointError {
  return isStillpointError(error)
    ? error
    : new StillpointError('internal', messageOf(error), { cause: error })
}
