import { Progress, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { queries } from '../../api/queries.ts'

/** How far a task has come, while a dialog waits for it. */
export function TaskProgress({ taskId }: { taskId: string }) {
  const { data: tasks } = useQuery(queries.tasks)
  const task = tasks?.find(({ id }) => id === taskId)
  if (!task || task.endedAt) return null
  return (
    <div>
      <Text size="sm" mb={4}>
        {task.title} <Text span c="dimmed">{`${Math.floor(task.percent)}% ${task.message}`}</Text>
      </Text>
      <Progress value={task.percent} size="sm" aria-label={task.title} />
    </div>
  )
}
