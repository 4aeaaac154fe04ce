import { Anchor, Button, Loader, Progress, Text, Tooltip } from '@mantine/core'
import { IconBan, IconCircleCheck, IconCircleX } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import type { TaskView } from '../../contract/task.ts'
import { part, request } from '../api/http.ts'
import { dateAndTime, timeFromNow } from '../ui/format.ts'
import { useNow } from '../ui/use-now.ts'
import { pageLinks } from './page-links.ts'
import { showError } from './show-error.ts'
import { TaskDetails } from './task-details.tsx'
import classes from './task-item.module.css'
import { duration, durationMs, isRunning, stateWords } from './task-words.ts'

/** A task with its progress, or with how it ended. */
export function TaskItem({ task, isOpen }: { task: TaskView; isOpen: boolean }) {
  const [hasDetails, setHasDetails] = useState(isOpen)
  const item = useRef<HTMLLIElement>(null)
  useEffect(() => {
    if (!isOpen) return
    setHasDetails(true)
    item.current?.scrollIntoView({ block: 'nearest' })
  }, [isOpen])

  const { vmId, vmName } = task
  const open = pageLinks.openVm
  return (
    <li ref={item} className={classes.item} data-state={task.state}>
      <StateIcon state={task.state} />
      <div className={classes.body}>
        <div className={classes.line}>
          <Text span size="sm" fw={500} truncate>
            {task.title}
          </Text>
          {vmName !== null &&
            (vmId !== null && open ? (
              <Anchor
                component="button"
                size="sm"
                className={classes.vm}
                title={vmName}
                onClick={() => open(vmId)}
              >
                {vmName}
              </Anchor>
            ) : (
              <Text span size="sm" c="dimmed" className={classes.vm} title={vmName}>
                {vmName}
              </Text>
            ))}
        </div>
        {isRunning(task) ? <Running task={task} /> : <Ended task={task} />}
        <Button
          size="compact-xs"
          variant="subtle"
          color="gray"
          className={classes.more}
          aria-expanded={hasDetails}
          onClick={() => setHasDetails(!hasDetails)}
        >
          {hasDetails ? 'Hide details' : 'Details'}
        </Button>
        {hasDetails && <TaskDetails task={task} />}
      </div>
    </li>
  )
}

function Running({ task }: { task: TaskView }) {
  const nowMs = useNow()
  const percent = Math.floor(task.percent)
  const cancel = useMutation({
    mutationFn: () => request(`/tasks/${part(task.id)}/cancel`, { method: 'POST' }),
    onError: (error) => showError(error, `"${task.title}" could not be cancelled`),
  })
  const isCancelling = cancel.isPending || cancel.isSuccess
  return (
    <>
      <div className={classes.line}>
        <Progress.Root size="sm" className={classes.progress}>
          <Progress.Section value={percent} color="var(--sp-accent)" aria-label={task.title} />
        </Progress.Root>
        <span className={classes.figure}>{percent}%</span>
        <Button
          size="compact-xs"
          variant="default"
          disabled={isCancelling}
          aria-label={`Cancel ${task.title}${task.vmName === null ? '' : ` of ${task.vmName}`}`}
          onClick={() => cancel.mutate()}
        >
          Cancel
        </Button>
      </div>
      <Text size="xs" c="dimmed" className={classes.message}>
        {isCancelling ? 'Cancelling…' : task.message || stateWords[task.state]} ·{' '}
        {duration(Math.floor((durationMs(task, nowMs) ?? 0) / 1000) * 1000)}
      </Text>
    </>
  )
}

function Ended({ task }: { task: TaskView }) {
  const nowMs = useNow(60_000)
  const { state, endedAt, error } = task
  return (
    <>
      {state === 'failed' && <p className={classes.error}>{error?.message ?? 'It is not known why.'}</p>}
      <Text size="xs" c="dimmed" className={classes.message}>
        {stateWords[state]} after {duration(durationMs(task, nowMs))}
        {endedAt !== null && (
          <>
            {' · '}
            <Tooltip label={dateAndTime(endedAt)}>
              <time dateTime={endedAt}>{timeFromNow(endedAt, nowMs)}</time>
            </Tooltip>
          </>
        )}
      </Text>
    </>
  )
}

export function StateIcon({ state }: { state: TaskView['state'] }) {
  if (state === 'succeeded') return <IconCircleCheck size={16} className={classes.ok} aria-hidden />
  if (state === 'failed') return <IconCircleX size={16} className={classes.failed} aria-hidden />
  if (state === 'cancelled') return <IconBan size={16} className={classes.quiet} aria-hidden />
  return <Loader size={16} color="var(--sp-accent)" className={classes.icon} aria-hidden />
}
