import { join, resolve } from 'node:path'
import type { Bound } from '../binding/bound.ts'
import { folderName } from '../folder-name.ts'
import { checkpointObject } from '../output/checkpoint-object.ts'
import type { Session } from '../session.ts'
import { checkpointTargets } from '../targets.ts'

export async function run(session: Session, bound: Bound): Promise<void> {
  const client = await session.client()
  const path = resolve(session.context.system.folder, bound.text('Path') ?? '')
  await session.each(await checkpointTargets(session, bound), async ({ vm, checkpoint, all }) => {
    if (!(await session.shall(`${vm.name}: ${checkpoint.name}`))) return
    const folder = join(path, folderName(vm.name), folderName(checkpoint.name))
    const ended = await session.perform(client.exportCheckpoint(vm.id, checkpoint.id, { folder }))
    if (!ended || !bound.flag('Passthru')) return
    session.print({ kind: 'checkpoint', object: checkpointObject(checkpoint, vm.name, all) })
  })
}
