import type { TaskView } from '../../contract/task.ts'
import { milliseconds } from '../ui/format.ts'

export const stateWords: Readonly<Record<TaskView['state'], string>> = {
  queued: 'Waiting',
  running: 'Running',
  succeeded: 'Succeeded',
  failed: 'Failed',
  cancelled: 'Cancelled',
}

/** What a history can be filtered by. */
export const kindGroups = [
  { value: 'checkpoint', label: 'Checkpoints', prefixes: ['checkpoint.', 'group.'] },
  { value: 'power', label: 'Power', prefixes: ['vm.start', 'vm.stop', 'vm.pause', 'vm.resume'] },
  { value: 'merge', label: 'Merges', prefixes: ['merge'] },
  {
    value: 'setup',
    label: 'Set-up and repair',
    prefixes: ['vm.create', 'vm.import', 'vm.remove', 'disk.', 'hooks.', 'doctor.'],
  },
] as const
export type KindGroup = (typeof kindGroups)[number]['value']

export function groupOf(kind: TaskView['kind']): KindGroup {
  const group = kindGroups.find(({ prefixes }) => prefixes.some((prefix) => kind.startsWith(prefix)))
  return group?.value ?? 'setup'
}

/** How long it ran, until its end or until now; null when it has not begun. */
export function durationMs(task: TaskView, nowMs: number): number | null {
  if (task.startedAt === null) return null
  const endMs = task.endedAt === null ? nowMs : Date.parse(task.endedAt)
  return Math.max(0, endMs - Date.parse(task.startedAt))
}

/** `320 ms`, `4.2 s`, `22 s`, `3 min`, `3 min 20 s`, `2 h 05 min`. */
export function duration(ms: number | null): string {
  if (ms === null || ms < 1000) return milliseconds(ms)
  if (ms < 10_000) return `${Number((ms / 1000).toFixed(1))} s`
  const seconds = Math.floor(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`
}

/** `Creating Checkpoint of "web01"`. */
export function taskWords({ title, vmName }: Pick<TaskView, 'title' | 'vmName'>): string {
  return vmName === null ? title : `${title} of "${vmName}"`
}

/** Of all that run, in percent; null when none does. */
export function meanPercent(tasks: readonly TaskView[]): number | null {
  if (tasks.length === 0) return null
  return Math.round(tasks.reduce((sum, { percent }) => sum + percent, 0) / tasks.length)
}

export function isRunning(task: TaskView): boolean {
  return task.endedAt === null
}
