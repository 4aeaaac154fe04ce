import { resolve } from 'node:path'
import type { z } from 'zod'
import { type createVmSchema, type NewDisk, vmViewSchema } from '../../../contract/vm.ts'
import { StillpointError } from '../../../core/error.ts'
import { resultOf } from '../../follow.ts'
import type { Bound } from '../binding/bound.ts'
import { memoryMiB } from '../memory.ts'
import { vmObject } from '../output/vm-object.ts'
import type { Session } from '../session.ts'

export async function run(session: Session, bound: Bound): Promise<void> {
  const client = await session.client()
  const generation = bound.number('Generation') ?? 1
  if (generation !== 1 && generation !== 2) {
    throw new StillpointError(
      'invalid_request',
      `Cannot bind parameter 'Generation'. It is 1 or 2, not ${generation}.`,
      { details: { parameter: 'Generation' } },
    )
  }
  const request: z.input<typeof createVmSchema> = {
    name: bound.text('Name') ?? '',
    memoryMiB: memoryMiB(bound),
    firmware: generation === 2 ? 'uefi' : 'bios',
    disks: disksOf(session, bound),
  }
  if (!(await session.shall(request.name))) return
  const ended = await session.perform(client.createVm(request))
  if (!ended) return
  const object = vmObject(resultOf(vmViewSchema, ended), session.context.system.now())
  session.print({ kind: 'vm', object })
}

function disksOf(session: Session, bound: Bound): NewDisk[] {
  const path = bound.text('VHDPath')
  const sizeBytes = bound.number('NewVHDSizeBytes')
  if (sizeBytes !== undefined) return [{ source: 'empty', sizeBytes }]
  if (path === undefined) return []
  return [{ source: 'image', path: resolve(session.context.system.folder, path), use: 'link', backing: null }]
}
