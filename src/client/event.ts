import { eventSchema } from '../contract/event.ts'
import type { StillpointEvent } from '../core/event-bus.ts'

/** The events of a stream of server-sent events; those of a kind that only a newer daemon knows are left out. */
export async function* parseEvents(chunks: AsyncIterable<string>): AsyncGenerator<StillpointEvent> {
  for await (const data of dataOf(chunks)) {
    const event = eventSchema.safeParse(JSON.parse(data))
    if (event.success) yield event.data
  }
}

/** The `data` of each event (WHATWG HTML, 9.2.6), of which the daemon uses the simplest form: one line. */
async function* dataOf(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.startsWith('data: ')) yield line.slice(6)
  }
}
