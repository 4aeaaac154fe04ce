import type { VmId } from '../../core/ids.ts'
import type { Picture } from '../../hypervisor/port.ts'
import { pictureOf, requireScreenSocket } from '../../machine/screen.ts'
import { pngOf } from '../picture/png.ts'
import { scaledDown } from '../picture/scale.ts'
import type { Services } from '../services.ts'
import type { ServiceContext } from './context.ts'

export function screenServices({ machines }: ServiceContext): Pick<Services, 'screenSocket' | 'screenshot'> {
  const { inventory } = machines.deps
  /** Pictures that are being taken: whoever asks meanwhile gets the same one. */
  const underWay = new Map<VmId, Promise<Picture>>()

  function picture(vmId: VmId): Promise<Picture> {
    const present = underWay.get(vmId)
    if (present) return present
    const taken = pictureOf(machines, vmId).finally(() => underWay.delete(vmId))
    underWay.set(vmId, taken)
    return taken
  }

  return {
    screenSocket: (vm) => requireScreenSocket(machines, inventory.find(vm).id),
    async screenshot(vm, { widthPx }) {
      const taken = await picture(inventory.find(vm).id)
      return await pngOf(scaledDown(taken, widthPx ?? taken.widthPx))
    },
  }
}
