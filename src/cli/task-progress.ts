import type { TaskView } from '../contract/task.ts'
import type { Context } from './context.ts'
import { plain } from './format.ts'

export interface TaskProgress {
  update(task: TaskView): void
  /** A line that does not disturb the display. */
  remark(text: string): void
  /** Clears what is in the way of further output. May be called again. */
  stop(): void
}

/** A bar on stderr where that is a terminal, a line for each step otherwise, nothing with `--json`. */
export async function showProgress(context: Context, task: TaskView): Promise<TaskProgress> {
  if (context.isJson) return { update() {}, remark() {}, stop() {} }
  return context.system.stderr.isTTY ? createBar(context, task) : createLines(context)
}

async function createBar(context: Context, task: TaskView): Promise<TaskProgress> {
  const { SingleBar } = (await import('cli-progress')).default
  const { stderr } = context.system
  const bar = new SingleBar({
    format: '{title} ({value}%) {bar} {message}',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
    stream: stderr,
    clearOnComplete: true,
    hideCursor: true,
    // Ctrl-C has a meaning of its own here.
    gracefulExit: false,
  })
  let isStopped = false
  const payload = ({ title, message }: TaskView) => ({ title, message: plain(message) })
  bar.start(100, Math.floor(task.percent), payload(task))
  return {
    update(now) {
      if (!isStopped) bar.update(Math.floor(now.percent), payload(now))
    },
    remark(text) {
      stderr.write(`\r\x1b[K${text}\n`)
    },
    stop() {
      if (isStopped) return
      isStopped = true
      bar.stop()
    },
  }
}

/** The daemon keeps one entry of its log per step; while that changes, a line is due every ten percent. */
function createLines(context: Context): TaskProgress {
  let [shownEntries, shownPercent] = [0, 0]
  return {
    update({ title, percent, message, log }) {
      const isNewStep = log.length > shownEntries
      if (message === '' || (!isNewStep && percent < shownPercent + 10)) return
      shownEntries = log.length
      shownPercent = percent
      context.remark(`${title} (${Math.floor(percent)}%): ${plain(message)}`)
    },
    remark: context.remark,
    stop() {},
  }
}
