import { Anchor, Button, EmptyState, Text, VisuallyHidden } from '@mantine/core'
import { IconAlertTriangle, IconBell, IconCircleX, IconInfoCircle } from '@tabler/icons-react'
import { dateAndTime, timeFromNow } from '../ui/format.ts'
import { useNow } from '../ui/use-now.ts'
import classes from './notice-list.module.css'
import { clearNotices, type NoticeEntry, noticeLog } from './notice-log.ts'
import { vmNameOf } from './notices.tsx'
import { pageLinks } from './page-links.ts'
import { usePageStore } from './page-store.ts'
import drawerClasses from './tasks-drawer.module.css'

const icons = { info: IconInfoCircle, warning: IconAlertTriangle, error: IconCircleX }
const words = { info: 'Notice', warning: 'Warning', error: 'Error' }

/** The last notices that came, those that are not shown by themselves among them. */
export function NoticeList() {
  const notices = usePageStore(noticeLog)
  if (notices.length === 0)
    return (
      <EmptyState
        mt={48}
        px="lg"
        icon={<IconBell size={32} stroke={1.5} />}
        title="No notices"
        description="Warnings and errors of this host and its virtual machines are kept here while this page is open."
      />
    )
  return (
    <>
      <div className={drawerClasses.bar}>
        <Text size="xs" c="dimmed">
          The last {notices.length}, newest first
        </Text>
        <Button size="compact-sm" variant="subtle" onClick={clearNotices}>
          Clear
        </Button>
      </div>
      <ul className={drawerClasses.list} aria-label="Notices">
        {notices.map((notice) => (
          <NoticeItem key={notice.id} notice={notice} />
        ))}
      </ul>
    </>
  )
}

function NoticeItem({ notice }: { notice: NoticeEntry }) {
  const { level, vmId, title, message, undo, at } = notice
  const nowMs = useNow(60_000)
  const Icon = icons[level]
  const vmName = vmNameOf(vmId)
  const { openVm: open, undo: openUndo } = pageLinks
  const canUndo = undo !== null && Date.parse(undo.expiresAt) > nowMs
  return (
    <li className={classes.item}>
      <Icon size={16} className={classes[level]} aria-hidden />
      <div className={classes.body}>
        <VisuallyHidden>{words[level]}: </VisuallyHidden>
        {title !== null && <p className={classes.title}>{title}</p>}
        <p className={classes.message}>{message}</p>
        <Text size="xs" c="dimmed">
          {vmId !== null && vmName !== null && open && (
            <>
              <Anchor component="button" size="xs" onClick={() => open(vmId)}>
                {vmName}
              </Anchor>
              {' · '}
            </>
          )}
          <time dateTime={at} title={dateAndTime(at)}>
            {timeFromNow(at, nowMs)}
          </time>
        </Text>
        {canUndo && vmId !== null && openUndo && (
          <Button size="compact-xs" variant="default" mt={4} onClick={() => openUndo(vmId, undo.stateId)}>
            Undo…
          </Button>
        )}
      </div>
    </li>
  )
}
