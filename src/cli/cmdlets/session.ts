import type { Client } from '../../client/client.ts'
import type { TaskView } from '../../contract/task.ts'
import { isStillpointError, StillpointError } from '../../core/error.ts'
import type { Context } from '../context.ts'
import { exitCodeOf, LeftTask, renderError } from '../errors.ts'
import { follow } from '../follow.ts'
import { plain } from '../format.ts'
import { createPaint } from '../paint.ts'
import type { Bound } from './binding/bound.ts'
import { createDecisions, type Decisions } from './decisions.ts'
import type { Printed } from './output/columns.ts'
import { jobObject } from './output/job-object.ts'
import { createWriter, type Writer } from './output/writer.ts'
import type { Cmdlet } from './table/cmdlet.ts'

/** Ends a call whose errors have been told. */
export class Stopped extends Error {}

/** What a cmdlet works with while it runs. One for all objects of a pipeline. */
export interface Session extends Decisions {
  readonly context: Context
  readonly cmdlet: Cmdlet
  client(): Promise<Client>
  print(printed: Printed): void
  warn(text: string): void
  /** A line for whoever looks at a terminal. */
  remark(text: string): void
  /** Tells an error that ends the work on one target only. Throws Stopped with `-ErrorAction Stop`. */
  fail(error: unknown): void
  /** Calls `work` for each target in turn; what one throws is told, and does not keep the others from theirs. */
  each<T>(targets: readonly T[], work: (target: T) => Promise<void>): Promise<void>
  /** Follows a task to its end and returns it; with -AsJob prints the job and returns null. Errors: as `follow`. */
  perform(started: Promise<TaskView>): Promise<TaskView | null>
  /** To be called at the end. */
  flush(): void
  /** That of the first error; 0 without one. */
  exitCode(): number
}

export function createSession(context: Context, cmdlet: Cmdlet, bound: Bound): Session {
  const { system, isJson } = context
  const writer: Writer = createWriter(context)
  const decisions = createDecisions(context, cmdlet, bound)
  const errorAction = bound.text('ErrorAction') ?? 'Continue'
  const isSilent = errorAction === 'SilentlyContinue' || errorAction === 'Ignore'
  const warns = (bound.text('WarningAction') ?? 'Continue') === 'Continue'
  // Objects are printed here, not tasks; and progress is for somebody who looks.
  const isSeen = !isJson && system.stderr.isTTY
  const quiet: Context = { ...context, isJson: !isSeen, document() {} }
  let firstCode = 0

  const session: Session = {
    ...decisions,
    context,
    cmdlet,
    client: () => context.client(),
    print: (printed) => writer.write(printed),
    warn(text) {
      if (warns && !isJson) {
        system.stderr.write(`${createPaint(system.stderr)('yellow', 'WARNING:')} ${plain(text)}\n`)
      }
    },
    remark(text) {
      if (isSeen) system.stderr.write(`${plain(text)}\n`)
    },
    fail(error) {
      firstCode ||= exitCodeOf(error)
      if (!isSilent) {
        const text = renderError(error, system, isJson)
        system.stderr.write(isJson && text ? `${JSON.stringify(JSON.parse(text))}\n` : text)
      }
      if (errorAction === 'Stop' || endsAll(error)) throw new Stopped()
    },
    async each(targets, work) {
      for (const target of targets) {
        try {
          await work(target)
        } catch (error) {
          if (error instanceof Stopped) throw error
          session.fail(error)
        }
      }
    },
    async perform(started) {
      const task = await started
      if (!bound.flag('AsJob')) return await follow(quiet, await context.client(), task)
      writer.write({ kind: 'job', object: jobObject(task) })
      return null
    },
    flush: () => writer.flush(),
    exitCode: () => firstCode,
  }
  return session
}

/** Whoever leaves, or has nobody to talk to, does not want to hear so for each target. */
function endsAll(error: unknown): boolean {
  return (
    error instanceof LeftTask ||
    isStillpointError(error, 'cancelled', 'confirmation_required', 'daemon_unreachable', 'unauthorized') ||
    !(error instanceof StillpointError)
  )
}
