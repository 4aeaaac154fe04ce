import { resolve } from 'node:path'
import type { UpdateVm, VmView } from '../../../contract/vm.ts'
import { isStillpointError, StillpointError } from '../../../core/error.ts'
import { checkpointPolicies } from '../../../vm/config.ts'
import type { Bound } from '../binding/bound.ts'
import { memoryMiB } from '../memory.ts'
import { vmObject } from '../output/vm-object.ts'
import type { Session } from '../session.ts'
import { type VmTarget, vmTargets } from '../targets.ts'

export async function run(session: Session, bound: Bound): Promise<void> {
  const client = await session.client()
  const change = changeOf(session, bound)
  const targets = await vmTargets(session, bound)
  if (change.name !== undefined && targets.length > 1) {
    throw new StillpointError(
      'invalid_request',
      `Cannot bind parameter 'NewVMName'. ${targets.length} VMs cannot all get the name "${change.name}".`,
      { details: { parameter: 'NewVMName' } },
    )
  }
  const chosen: VmTarget[] = []
  await session.each(targets, async (vm) => {
    if (await session.shall(vm.name)) chosen.push(vm)
  })
  const isBulk = chosen.length > 1 && change.settings && Object.keys(change).length === 1
  const isDone = isBulk && (await changeAll(session, chosen, change.settings ?? {}))
  const print = (vm: VmView) => {
    if (bound.flag('Passthru'))
      session.print({ kind: 'vm', object: vmObject(vm, session.context.system.now()) })
  }
  if (!isDone) {
    await session.each(chosen, async (vm) => print(await client.updateVm(vm.id, change)))
  } else if (bound.flag('Passthru')) {
    const ids = new Set(chosen.map(({ id }) => id))
    for (const vm of await client.listVms()) if (ids.has(vm.id)) print(vm)
  }
}

/** One change for all of them; false when one of them cannot be changed, and none was. */
async function changeAll(
  session: Session,
  vms: readonly VmTarget[],
  settings: NonNullable<UpdateVm['settings']>,
): Promise<boolean> {
  try {
    await (await session.client()).changeVms({ select: { names: vms.map(({ id }) => id) }, settings })
    return true
  } catch (error) {
    // One by one, they tell which it is, and the others are changed.
    if (isStillpointError(error) && !error.row.retryable) return false
    throw error
  }
}

/** Error: `invalid_request` when nothing is to be changed. */
function changeOf(session: Session, bound: Bound): UpdateVm {
  const location = bound.text('SnapshotFileLocation')
  const settings = defined({
    checkpointPolicy: bound.oneOf('CheckpointType', checkpointPolicies),
    automaticCheckpoints: bound.truth('AutomaticCheckpointsEnabled'),
    checkpointLocation:
      location === undefined
        ? undefined
        : location === ''
          ? null
          : resolve(session.context.system.folder, location),
  })
  const change: UpdateVm = defined({
    name: bound.text('NewVMName'),
    cpus: bound.number('ProcessorCount'),
    memoryMiB: memoryMiB(bound),
    settings: Object.keys(settings).length === 0 ? undefined : settings,
  })
  if (Object.keys(change).length > 0) return change
  throw new StillpointError(
    'invalid_request',
    'Nothing was named to change; see `stillpoint Get-Help Set-VM`.',
  )
}

/** Without what is undefined. */
function defined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined> // what was filtered
  }
}
