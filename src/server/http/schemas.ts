import { z } from 'zod'
import { problemSchema } from '../../contract/system.ts'
import { taskViewSchema } from '../../contract/task.ts'

export const vmParams = z.object({ vm: z.string().describe('Name, without regard to case, or id') })

export const checkpointParams = vmParams.extend({
  checkpoint: z.string().describe('Name, without regard to case, or id'),
})

export const groupParams = z.object({ group: z.string().describe('Name, without regard to case, or id') })

export const groupCheckpointParams = groupParams.extend({
  checkpoint: z.string().describe('Name, without regard to case, or id of the set'),
})

export const taskParams = z.object({ id: z.string() })

/** A switch in a query, where all values are text. */
export const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true')

export const json = (description: string, schema: z.ZodType) => ({
  description,
  content: { 'application/json': { schema } },
})

/** What every route may answer besides its own. */
export const problems = {
  default: { description: 'A problem', content: { 'application/problem+json': { schema: problemSchema } } },
}

export const taskStarted = { 202: json('The task that was started', taskViewSchema), ...problems }
