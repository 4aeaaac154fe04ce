import { Indicator, RingProgress, Tooltip, UnstyledButton, VisuallyHidden } from '@mantine/core'
import { IconListCheck } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { lazy, Suspense, useEffect, useRef } from 'react'
import { queries } from '../api/queries.ts'
import { queryClient } from '../api/query-client.ts'
import { useOpenDialog } from '../dialogs/dialog-host.tsx'
import { closeDrawer, drawer, openDrawer } from './drawer-state.ts'
import { noticeLog } from './notice-log.ts'
import { pageLinks } from './page-links.ts'
import { usePageStore } from './page-store.ts'
import { tasksListed } from './task-ended.tsx'
import { isRunning, meanPercent } from './task-words.ts'
import classes from './tasks-button.module.css'

const TasksDrawer = lazy(() => import('./tasks-drawer.tsx'))

/** In the header: how many tasks run and how far they are, and whether there are notices that nobody looked at. */
export function TasksButton() {
  const { data: tasks } = useQuery(queries.tasks)
  const { isOpen, tab } = usePageStore(drawer)
  const notices = usePageStore(noticeLog)
  const button = useRef<HTMLButtonElement>(null)
  useTold(tasks)
  usePageLinks()

  const running = (tasks ?? []).filter(isRunning)
  const percent = meanPercent(running)
  const news = notices.filter(({ isSeen, level }) => !isSeen && level !== 'info')
  const runningWords =
    running.length === 0
      ? 'No tasks are running'
      : `${running.length} ${running.length === 1 ? 'task is' : 'tasks are'} running`
  const newsWords =
    news.length === 0 ? '' : `, ${news.length} new ${news.length === 1 ? 'notice' : 'notices'}`

  return (
    <>
      <Tooltip label={`${runningWords}${newsWords}`}>
        <UnstyledButton
          ref={button}
          className={classes.button}
          // begins with what is seen, so that it can be said to the page too
          aria-label={`Tasks ${running.length || 'none'} running${newsWords}`}
          aria-expanded={isOpen}
          onClick={() => (isOpen ? closeDrawer() : openDrawer(news.length > 0 ? 'notices' : tab))}
        >
          <Indicator
            disabled={news.length === 0}
            color={news.some(({ level }) => level === 'error') ? 'var(--sp-error)' : 'var(--sp-warning)'}
            size={8}
            offset={2}
            className={classes.sign}
          >
            {percent === null ? (
              <IconListCheck size={18} />
            ) : (
              <RingProgress
                size={20}
                thickness={3}
                aria-hidden
                sections={[{ value: Math.max(4, percent), color: 'var(--sp-accent)' }]}
              />
            )}
          </Indicator>
          <span>Tasks</span> {running.length > 0 && <span className={classes.count}>{running.length}</span>}
        </UnstyledButton>
      </Tooltip>
      <VisuallyHidden role="status" aria-live="polite">
        {tasks && runningWords}
      </VisuallyHidden>
      {isOpen && (
        <Suspense>
          <TasksDrawer
            onClose={() => {
              closeDrawer()
              button.current?.focus()
            }}
          />
        </Suspense>
      )}
    </>
  )
}

/** What ended while the connection was lost is in the list that is read when it is back. */
function useTold(tasks: Parameters<typeof tasksListed>[0] | undefined) {
  const isFirst = useRef(true)
  useEffect(() => {
    if (!tasks) return
    tasksListed(tasks, isFirst.current)
    isFirst.current = false
  }, [tasks])
}

/** Notices lead to VMs and to the dialog that undoes. */
function usePageLinks() {
  const navigate = useNavigate()
  const openDialog = useOpenDialog()
  useEffect(() => {
    pageLinks.openVm = (vmId) => void navigate({ to: '/', search: { vm: vmId } })
    pageLinks.undo = (vmId, stateId) => {
      const vm = queryClient.getQueryData(queries.vmRows.queryKey)?.find(({ id }) => id === vmId)
      if (vm) openDialog({ kind: 'undo', vm, stateId })
    }
    return () => {
      pageLinks.openVm = null
      pageLinks.undo = null
    }
  }, [navigate, openDialog])
}
