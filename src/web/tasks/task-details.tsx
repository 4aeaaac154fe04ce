import { Code, Text } from '@mantine/core'
import type { TaskView } from '../../contract/task.ts'
import classes from './task-details.module.css'

const time = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' })

/** What it did when, and what an error carries for whoever looks for its cause. */
export function TaskDetails({ task: { id, log, error } }: { task: TaskView }) {
  const hasMore =
    typeof error?.details === 'object' && error.details !== null && Object.keys(error.details).length > 0
  return (
    <div className={classes.details}>
      {log.length === 0 ? (
        <Text size="xs" c="dimmed">
          It has reported nothing.
        </Text>
      ) : (
        <ol className={classes.log} aria-label="Log">
          {log.map(({ at, message }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: it only grows at its end
            <li key={index}>
              <time dateTime={at}>{time.format(new Date(at))}</time>
              <span>{message}</span>
            </li>
          ))}
        </ol>
      )}
      {error && (
        <Text size="xs" c="dimmed">
          Error code {error.code}, task {id}
        </Text>
      )}
      {hasMore && (
        <Code block className={classes.code}>
          {JSON.stringify(error.details, null, 2)}
        </Code>
      )}
    </div>
  )
}
