import type { StillpointEvent } from '../../core/event-bus.ts'
import type { Context } from '../context.ts'
import { localTime, plain } from '../format.ts'

export async function run(context: Context): Promise<void> {
  const client = await context.client()
  const stopping = new AbortController()
  const stopListening = context.system.onInterrupt(() => stopping.abort())
  try {
    for await (const event of client.events({ signal: stopping.signal })) {
      const at = context.system.now().toISOString()
      const line = context.isJson ? JSON.stringify({ at, ...event }) : `${localTime(at)}  ${wordsOf(event)}`
      context.system.stdout.write(`${line}\n`)
    }
  } catch (error) {
    if (!stopping.signal.aborted) throw error
  } finally {
    stopListening()
  }
}

function wordsOf(event: StillpointEvent): string {
  switch (event.type) {
    case 'task.changed':
      return `${event.type}  task ${event.taskId}${event.vmId === null ? '' : `  VM ${event.vmId}`}`
    case 'notice':
      return `${event.type}${event.vmId === null ? '' : `  VM ${event.vmId}`}  ${event.level}: ${plain(event.message)}`
    default:
      return `${event.type}  VM ${event.vmId}`
  }
}
