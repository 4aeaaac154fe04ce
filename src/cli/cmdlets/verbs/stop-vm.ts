import { isStillpointError } from '../../../core/error.ts'
import type { Bound } from '../binding/bound.ts'
import { forEachVm, performOn } from '../for-each-vm.ts'
import type { Session } from '../session.ts'

/** How long Hyper-V gives the guest before it forces the end. */
const forcedAfterSeconds = 300

export async function run(session: Session, bound: Bound): Promise<void> {
  const client = await session.client()
  const isForced = bound.flag('Force')
  if (isForced && bound.flag('AsJob') && !bound.flag('TurnOff')) {
    session.warn('As a job, a VM that does not shut down in time is not turned off.')
  }
  await forEachVm(session, bound, async (vm) => {
    if (vm.state === 'off') {
      session.warn(`VM "${vm.name}" is off already.`)
      return vm
    }
    if (bound.flag('TurnOff')) return await performOn(session, client.stopVm(vm.id, { force: true }))
    if (!isForced) return await performOn(session, client.stopVm(vm.id))
    try {
      return await performOn(session, client.stopVm(vm.id, { timeoutSeconds: forcedAfterSeconds }))
    } catch (error) {
      if (!isStillpointError(error, 'timeout')) throw error
      session.warn(`VM "${vm.name}" did not shut down in time and is turned off.`)
      return await performOn(session, client.stopVm(vm.id, { force: true }))
    }
  })
}
