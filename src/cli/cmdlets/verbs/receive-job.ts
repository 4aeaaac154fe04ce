import type { z } from 'zod'
import { errorOfCode } from '../../../client/problem.ts'
import { applyResultSchema, checkpointViewSchema } from '../../../contract/checkpoint.ts'
import type { TaskView } from '../../../contract/task.ts'
import { vmViewSchema } from '../../../contract/vm.ts'
import { checkpointWarnings } from '../../checkpoint-text.ts'
import type { Bound } from '../binding/bound.ts'
import { jobIds } from '../job-ids.ts'
import { checkpointObject } from '../output/checkpoint-object.ts'
import { vmObject } from '../output/vm-object.ts'
import type { Session } from '../session.ts'

export async function run(session: Session, bound: Bound): Promise<void> {
  const client = await session.client()
  await session.each(jobIds(bound), async (id) => {
    const task = bound.flag('Wait') ? await client.watchTask(id, () => {}) : await client.showTask(id)
    if (task.error) throw errorOfCode(task.error.code, task.error.message, task.error.details)
    await printResult(session, task)
  })
}

/** The objects that the result holds; there may be none, as of a delete, or none yet. */
async function printResult(session: Session, { result, vmName }: TaskView): Promise<void> {
  const as = <T>(schema: z.ZodType<T>) => schema.safeParse(result).data
  const vm = as(vmViewSchema)
  const created = as(checkpointViewSchema)
  const checkpoint = created ?? as(applyResultSchema)?.checkpoint
  if (vm) session.print({ kind: 'vm', object: vmObject(vm, session.context.system.now()) })
  if (!checkpoint) return
  for (const text of created ? checkpointWarnings(created) : []) session.warn(`${vmName}: ${text}`)
  // A VM that is gone by now has no other checkpoints.
  const all = await (await session.client()).listCheckpoints(checkpoint.vmId).catch(() => [])
  const object = checkpointObject(checkpoint, vmName ?? checkpoint.vmId, all)
  session.print({ kind: 'checkpoint', object })
}
