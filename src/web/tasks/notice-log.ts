import { systemClock } from '../../core/clock.ts'
import { createPageStore } from './page-store.ts'

export interface Undoable {
  readonly stateId: string
  readonly expiresAt: string
}

/** What was told in this browser since the page was loaded. */
export interface NoticeEntry {
  readonly id: number
  /** When it came. */
  readonly at: string
  readonly level: 'info' | 'warning' | 'error'
  readonly vmId: string | null
  readonly message: string
  /** What failed; null where the message says it all. */
  readonly title: string | null
  /** What an apply on the VM discarded, and can be brought back; null: it is about something else. */
  readonly undo: Undoable | null
  readonly isSeen: boolean
  /** The news of a task that it tells already; each notice stands for one task at most. */
  readonly claimedBy: string | null
}

const keptNotices = 50
let lastId = 0

/** Newest first. */
export const noticeLog = createPageStore<readonly NoticeEntry[]>([])

export function logNotice(notice: Pick<NoticeEntry, 'level' | 'vmId' | 'message' | 'title' | 'undo'>): void {
  const { level, vmId, message, title, undo } = notice
  const at = systemClock.now().toISOString()
  const entry = { id: ++lastId, at, level, vmId, message, title, undo, isSeen: false, claimedBy: null }
  noticeLog.set((entries) => [entry, ...entries].slice(0, keptNotices))
}

/**
 * Whether a notice about this VM has told of it already, all of whose `marks` it names. The daemon's notices come
 * before the end of the task that they are about, unless the connection was lost just then.
 */
export function claimNotice(taskId: string, vmId: string | null, marks: readonly string[]): boolean {
  const found = noticeLog
    .get()
    .find(
      (entry) =>
        entry.vmId === vmId &&
        (entry.claimedBy ?? taskId) === taskId &&
        marks.every((mark) => entry.message.includes(mark)),
    )
  if (!found) return false
  noticeLog.set((entries) =>
    entries.map((entry) => (entry.id === found.id ? { ...entry, claimedBy: taskId } : entry)),
  )
  return true
}

export function markNoticesSeen(): void {
  noticeLog.set((entries) =>
    entries.some(({ isSeen }) => !isSeen) ? entries.map((entry) => ({ ...entry, isSeen: true })) : entries,
  )
}

export function clearNotices(): void {
  noticeLog.set(() => [])
}
