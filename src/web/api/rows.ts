import type { TaskView } from '../../contract/task.ts'
import type { VmRow } from '../../contract/vm.ts'

/** The list with this row, new or in place of its old form, in the order of names; a list that was never read stays so. */
export function withRow(rows: readonly VmRow[] | undefined, row: VmRow): VmRow[] | undefined {
  if (!rows) return undefined
  const at = rows.findIndex(({ id }) => id === row.id)
  if (at >= 0 && rows[at]?.name === row.name) return rows.with(at, row)
  const others = rows.filter(({ id }) => id !== row.id)
  const before = others.findIndex(({ name }) => byName(row.name, name) < 0)
  return before < 0 ? [...others, row] : others.toSpliced(before, 0, row)
}

export function withoutRow(rows: readonly VmRow[] | undefined, vmId: string): VmRow[] | undefined {
  return rows?.filter(({ id }) => id !== vmId)
}

/** More than are ever read; a page that is open for weeks keeps no others, unless they still run. */
const mostTasks = 300

/** Newest first; a form that is older than the one at hand is dropped, as answers may overtake each other. */
export function withTask(tasks: readonly TaskView[] | undefined, task: TaskView): TaskView[] | undefined {
  if (!tasks) return undefined
  const at = tasks.findIndex(({ id }) => id === task.id)
  const old = tasks[at]
  if (!old) {
    const next = tasks.findIndex(({ createdAt }) => createdAt <= task.createdAt)
    const all = tasks.toSpliced(next < 0 ? tasks.length : next, 0, task)
    return all.filter(({ endedAt }, index) => index < mostTasks || endedAt === null)
  }
  const isOlder = task.endedAt === null && (old.endedAt !== null || task.percent < old.percent)
  return isOlder ? [...tasks] : tasks.with(at, task)
}

const collator = new Intl.Collator('en', { sensitivity: 'base', numeric: true })
export const byName = collator.compare
