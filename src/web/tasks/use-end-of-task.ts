import { useEffect, useRef } from 'react'
import type { TaskView } from '../../contract/task.ts'
import { endOfTask } from './end-of-task.ts'

/** Their failure is told by the dialog that waits for them. */
const awaited = new Set<string>()

export function isAwaited(taskId: string): boolean {
  return awaited.has(taskId)
}

/** `endOfTask` for a dialog: as long as it is open, it is the one that tells of the failure. */
export function useEndOfTask(): typeof endOfTask {
  const own = useRef<string[]>([])
  useEffect(
    () => () => {
      for (const taskId of own.current) awaited.delete(taskId)
      own.current = []
    },
    [],
  )
  return (task: TaskView) => {
    awaited.add(task.id)
    own.current.push(task.id)
    return endOfTask(task)
  }
}
