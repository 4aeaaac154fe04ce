import type { Notice } from '../api/live.ts'
import { queries } from '../api/queries.ts'
import { queryClient } from '../api/query-client.ts'
import { showsInfo } from './info-setting.ts'
import { logNotice } from './notice-log.ts'
import { showToast, type Toast } from './toast.tsx'

/** A notice of the daemon. All are kept in the drawer; those that only inform pop up unless that is turned off. */
export function showNotice({ level, vmId, message }: Notice): void {
  tell({ level, vmId, message })
}

interface More extends Pick<Toast, 'code' | 'taskId' | 'undo'> {
  /** Else the name of the VM. */
  readonly title?: string
}

/** The same for what the page has to tell by itself. What can be undone pops up always. */
export function tell(notice: Pick<Notice, 'level' | 'vmId' | 'message'>, more: More = {}): void {
  const { undo = null, title = null, ...rest } = more
  logNotice({ ...notice, title, undo })
  if (notice.level === 'info' && undo === null && !showsInfo.get()) return
  const vmName = vmNameOf(notice.vmId)
  showToast({
    ...notice,
    ...rest,
    title: title ?? vmName ?? (notice.vmId === null ? 'This host' : 'A virtual machine'),
    vmId: vmName === null ? null : notice.vmId,
    undo,
  })
}

/** Null when it is not about a VM, or about one that is no more. */
export function vmNameOf(vmId: string | null): string | null {
  const rows = queryClient.getQueryData(queries.vmRows.queryKey)
  return rows?.find(({ id }) => id === vmId)?.name ?? null
}
