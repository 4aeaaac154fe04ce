import { z } from 'zod'
import type { StillpointEvent } from '../core/event-bus.ts'

/** What the event stream carries, one JSON document per event. */
export const eventSchema: z.ZodType<StillpointEvent> = z.discriminatedUnion('type', [
  z.object({ type: z.literal('vm.changed'), vmId: z.string() }),
  z.object({ type: z.literal('vm.removed'), vmId: z.string() }),
  z.object({ type: z.literal('task.changed'), taskId: z.string(), vmId: z.string().nullable() }),
  z.object({
    type: z.literal('notice'),
    vmId: z.string().nullable(),
    level: z.enum(['info', 'warning', 'error']),
    message: z.string(),
  }),
])
