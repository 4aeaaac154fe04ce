import { z } from 'zod'
import { taskKinds } from '../task/task.ts'

export const taskViewSchema = z.object({
  id: z.string(),
  kind: z.enum(taskKinds),
  vmId: z.string().nullable(),
  vmName: z.string().nullable(),
  title: z.string(),
  state: z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled']),
  percent: z.number(),
  message: z.string(),
  log: z.array(z.object({ at: z.string(), message: z.string() })),
  createdAt: z.string(),
  startedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
  result: z.unknown(),
  error: z.object({ code: z.string(), message: z.string(), details: z.unknown() }).nullable(),
})
export type TaskView = z.infer<typeof taskViewSchema>
