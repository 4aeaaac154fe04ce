import type { TaskView } from '../../../contract/task.ts'
import type { jobStates } from '../table/jobs.ts'

const states: Readonly<Record<TaskView['state'], (typeof jobStates)[number]>> = {
  queued: 'NotStarted',
  running: 'Running',
  succeeded: 'Completed',
  failed: 'Failed',
  cancelled: 'Stopped',
}

/** A task of the daemon as a job. */
export function jobObject(task: TaskView) {
  return {
    Id: task.id,
    Name: task.title,
    PSJobTypeName: 'StillpointTask',
    State: states[task.state],
    VMName: task.vmName,
    Progress: Math.floor(task.percent),
    StatusMessage: task.error?.message ?? task.message,
    PSBeginTime: task.startedAt,
    PSEndTime: task.endedAt,
    Command: task.kind,
  }
}
export type JobObject = ReturnType<typeof jobObject>
