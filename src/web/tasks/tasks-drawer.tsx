import { CloseButton, Tabs } from '@mantine/core'
import { useEffect, useRef } from 'react'
import { type DrawerTab, drawer, openDrawer } from './drawer-state.ts'
import { NoticeList } from './notice-list.tsx'
import { markNoticesSeen, noticeLog } from './notice-log.ts'
import { usePageStore } from './page-store.ts'
import { TaskList } from './task-list.tsx'
import classes from './tasks-drawer.module.css'

/** Lies over the right side of the page, which can be used while it is open. */
export default function TasksDrawer({ onClose }: { onClose: () => void }) {
  const { tab } = usePageStore(drawer)
  const notices = usePageStore(noticeLog)
  const panel = useRef<HTMLElement>(null)
  useEffect(() => {
    panel.current?.focus()
    document.body.dataset.drawer = 'open' // what pops up stands beside it
    return () => {
      delete document.body.dataset.drawer
    }
  }, [])
  useEffect(() => {
    if (tab === 'notices' && notices.length > 0) markNoticesSeen()
  }, [tab, notices])

  return (
    <section
      ref={panel}
      role="dialog"
      aria-label="Tasks and notices"
      tabIndex={-1}
      className={classes.drawer}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        event.stopPropagation()
        onClose()
      }}
    >
      <Tabs
        value={tab}
        onChange={(value) => openDrawer(value as DrawerTab)} // of the tabs below
        className={classes.tabs}
        keepMounted={false}
      >
        <div className={classes.head}>
          <Tabs.List className={classes.tabList}>
            <Tabs.Tab value="tasks">Tasks</Tabs.Tab>
            <Tabs.Tab value="notices">
              Notices{notices.length > 0 && <span className={classes.count}> {notices.length}</span>}
            </Tabs.Tab>
          </Tabs.List>
          <CloseButton aria-label="Close tasks and notices" onClick={onClose} />
        </div>
        <Tabs.Panel value="tasks" className={classes.panel}>
          <TaskList />
        </Tabs.Panel>
        <Tabs.Panel value="notices" className={classes.panel}>
          <NoticeList />
        </Tabs.Panel>
      </Tabs>
    </section>
  )
}
