import { Alert, Anchor, Button, EmptyState, Group, SegmentedControl, Table, Text } from '@mantine/core'
import { IconHistory } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { TaskView } from '../../contract/task.ts'
import { queries } from '../api/queries.ts'
import { dateAndTime, timeFromNow } from '../ui/format.ts'
import { useNow } from '../ui/use-now.ts'
import { TaskDetails } from './task-details.tsx'
import { StateIcon } from './task-item.tsx'
import {
  duration,
  durationMs,
  groupOf,
  isRunning,
  type KindGroup,
  kindGroups,
  stateWords,
} from './task-words.ts'
import classes from './vm-history.module.css'

const pageRows = 25

/** What was done with a VM, newest first: the tasks that the daemon remembers. */
export function VmHistory({ vmId }: { vmId: string }) {
  const { data: tasks, error } = useQuery(queries.history(vmId))
  const [filter, setFilter] = useState<KindGroup | 'all'>('all')
  const [shownRows, setShownRows] = useState(pageRows)
  if (error)
    return (
      <Alert color="red" role="alert" title="The history could not be read">
        {error.message}
      </Alert>
    )
  if (!tasks) return null
  if (tasks.length === 0)
    return (
      <EmptyState
        my="xl"
        icon={<IconHistory size={32} stroke={1.5} />}
        title="Nothing was done yet"
        description="Each start and stop, checkpoint, apply, merge and export of this virtual machine shows here, with how it ended."
      />
    )
  const found = tasks.filter(({ kind }) => filter === 'all' || groupOf(kind) === filter)
  return (
    <section aria-label="Activity history" className={classes.history}>
      <Group justify="space-between" gap="xs">
        <SegmentedControl
          size="xs"
          aria-label="Show"
          value={filter}
          onChange={(value) => {
            setFilter(value as KindGroup | 'all') // of the data below
            setShownRows(pageRows)
          }}
          data={[{ value: 'all', label: 'All' }, ...kindGroups.map(({ value, label }) => ({ value, label }))]}
        />
        <Text size="xs" c="dimmed" role="status">
          {found.length} of {tasks.length}
        </Text>
      </Group>
      {found.length === 0 ? (
        <Text c="dimmed" py="md">
          Nothing of this kind was done.
        </Text>
      ) : (
        <Table.ScrollContainer minWidth={420} type="native">
          <Table verticalSpacing={5} horizontalSpacing="xs" className={classes.table}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>When</Table.Th>
                <Table.Th>What</Table.Th>
                <Table.Th>Result</Table.Th>
                <Table.Th className={classes.number}>Duration</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {found.slice(0, shownRows).map((task) => (
                <HistoryRow key={task.id} task={task} />
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      {found.length > shownRows && (
        <Button variant="subtle" size="compact-sm" onClick={() => setShownRows(shownRows + pageRows)}>
          Show {Math.min(pageRows, found.length - shownRows)} more
        </Button>
      )}
    </section>
  )
}

function HistoryRow({ task }: { task: TaskView }) {
  const nowMs = useNow(isRunning(task) ? 1000 : 60_000)
  const [hasDetails, setHasDetails] = useState(false)
  const { createdAt, title, state, error, percent } = task
  const result = state === 'running' ? `Running (${Math.floor(percent)}%)` : stateWords[state]
  return (
    <>
      <Table.Tr>
        <Table.Td className={classes.when}>
          <time dateTime={createdAt} title={dateAndTime(createdAt)}>
            {timeFromNow(createdAt, nowMs)}
          </time>
        </Table.Td>
        <Table.Td>
          <Anchor
            component="button"
            size="sm"
            c="inherit"
            ta="start"
            title="Show what it did"
            aria-expanded={hasDetails}
            onClick={() => setHasDetails(!hasDetails)}
          >
            {title}
          </Anchor>
        </Table.Td>
        <Table.Td>
          <span className={classes.result}>
            <StateIcon state={state} />
            {result}
          </span>
          {state === 'failed' && error && (
            <Text size="xs" className={classes.reason}>
              {error.message}
            </Text>
          )}
        </Table.Td>
        <Table.Td className={classes.number}>{duration(durationMs(task, nowMs))}</Table.Td>
      </Table.Tr>
      {hasDetails && (
        <Table.Tr>
          <Table.Td />
          <Table.Td colSpan={3}>
            <TaskDetails task={task} />
          </Table.Td>
        </Table.Tr>
      )}
    </>
  )
}
