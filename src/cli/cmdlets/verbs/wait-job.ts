import { StillpointError } from '../../../core/error.ts'
import type { Bound } from '../binding/bound.ts'
import { jobIds } from '../job-ids.ts'
import { jobObject } from '../output/job-object.ts'
import type { Session } from '../session.ts'

export async function run(session: Session, bound: Bound): Promise<void> {
  const client = await session.client()
  const seconds = bound.number('Timeout') ?? -1
  // Ctrl-C ends the wait, and no job.
  const signal = seconds < 0 ? undefined : AbortSignal.timeout(seconds * 1000)
  await session.each(jobIds(bound), async (id) => {
    const ended = await client
      .watchTask(id, () => {}, signal)
      .catch((error: unknown) => {
        if (!signal?.aborted) throw error
        throw new StillpointError('timeout', `Job ${id} did not end within ${seconds} s; it goes on.`)
      })
    session.print({ kind: 'job', object: jobObject(ended) })
  })
}
