import type { Bound } from '../binding/bound.ts'
import { jobObject } from '../output/job-object.ts'
import type { Session } from '../session.ts'

/** How many PowerShell would have is not known; so many fill a screen. */
const newest = 50

export async function run(session: Session, bound: Bound): Promise<void> {
  const client = await session.client()
  const ids = bound.texts('Id')
  const state = bound.text('State')
  if (ids) {
    await session.each(ids, async (id) => {
      session.print({ kind: 'job', object: jobObject(await client.showTask(id)) })
    })
    return
  }
  const jobs = (await client.listTasks({ limit: state ? 1000 : (bound.number('Newest') ?? newest) })).map(
    jobObject,
  )
  const found = jobs.filter((job) => state === undefined || job.State === state)
  for (const object of found.slice(0, bound.number('Newest') ?? newest))
    session.print({ kind: 'job', object })
}
