import { Alert, Button, EmptyState, Text } from '@mantine/core'
import { IconListCheck } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { queries } from '../api/queries.ts'
import { drawer } from './drawer-state.ts'
import { createPageStore, usePageStore } from './page-store.ts'
import { TaskItem } from './task-item.tsx'
import { isRunning } from './task-words.ts'
import classes from './tasks-drawer.module.css'

/** Ended ones that were cleared from view, until the page is loaded anew; the history of a VM has them all. */
const cleared = createPageStore<ReadonlySet<string>>(new Set())

/** What runs and what ran, newest first. */
export function TaskList() {
  const { data: tasks, error } = useQuery(queries.tasks)
  const { taskId } = usePageStore(drawer)
  const hidden = usePageStore(cleared)
  useEffect(() => {
    if (taskId)
      cleared.set((ids) => (ids.has(taskId) ? new Set([...ids].filter((id) => id !== taskId)) : ids))
  }, [taskId])

  if (error)
    return (
      <Alert color="red" role="alert" m="md" title="The tasks could not be read">
        {error.message}
      </Alert>
    )
  if (!tasks) return null
  const shown = tasks.filter((task) => isRunning(task) || !hidden.has(task.id))
  const running = shown.filter(isRunning)
  const ended = shown.filter((task) => !isRunning(task))
  if (shown.length === 0)
    return (
      <EmptyState
        mt={48}
        px="lg"
        icon={<IconListCheck size={32} stroke={1.5} />}
        title="Nothing is being done"
        description="What takes a while shows here with its progress: checkpoints, applies, merges, exports."
      />
    )
  return (
    <>
      <div className={classes.bar}>
        <Text size="xs" c="dimmed">
          {running.length} running, {ended.length} ended
        </Text>
        {ended.length > 0 && (
          <Button
            size="compact-sm"
            variant="subtle"
            onClick={() => cleared.set((ids) => new Set([...ids, ...ended.map(({ id }) => id)]))}
          >
            Clear ended
          </Button>
        )}
      </div>
      <ul className={classes.list} aria-label="Tasks">
        {[...running, ...ended].map((task) => (
          <TaskItem key={task.id} task={task} isOpen={task.id === taskId} />
        ))}
      </ul>
    </>
  )
}
