import type { TaskView } from '../../contract/task.ts'

/** Called with each form of a task that is seen; says what failed. */
export function taskEnded(_task: TaskView): void {}
