import type { Bound } from '../binding/bound.ts'
import { jobIds } from '../job-ids.ts'
import type { Session } from '../session.ts'

export async function run(session: Session, bound: Bound): Promise<void> {
  const client = await session.client()
  await session.each(jobIds(bound), async (id) => {
    const { title, vmName } = await client.showTask(id)
    if (await session.shall(vmName === null ? title : `${vmName}: ${title}`)) await client.cancelTask(id)
  })
}
