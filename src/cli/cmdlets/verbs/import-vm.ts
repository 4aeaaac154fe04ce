import { resolve } from 'node:path'
import { importResultSchema } from '../../../contract/transfer.ts'
import { resultOf } from '../../follow.ts'
import type { Bound } from '../binding/bound.ts'
import { vmObject } from '../output/vm-object.ts'
import type { Session } from '../session.ts'

export async function run(session: Session, bound: Bound): Promise<void> {
  const client = await session.client()
  const folder = resolve(session.context.system.folder, bound.text('Path') ?? '')
  if (!(await session.shall(folder))) return
  const identity = bound.flag('GenerateNewId') ? 'new' : 'keep'
  const ended = await session.perform(client.importVm({ folder, identity, name: bound.text('Name') }))
  if (!ended) return
  const { vm, warnings } = resultOf(importResultSchema, ended)
  for (const text of warnings) session.warn(`${vm.name}: ${text}`)
  session.print({ kind: 'vm', object: vmObject(vm, session.context.system.now()) })
}
