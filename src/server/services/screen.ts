import type { VmId } from '../../core/ids.ts'
import type { Picture } from '../../hypervisor/port.ts'
import { pictureOf, requireScreenSocket } from '../../machine/screen.ts'
import { pngOf } from '../picture/png.ts'
import { scaledDown } from '../picture/scale.ts'
import type { Services } from '../services.ts'
import type { ServiceContext } from './context.ts'

export function screenServices({ machines }: ServiceContext): Pick<Services, 'screenSocket' | 'screenshot'> {
  const { inventory } = machines.deps
  /** Pictures that are being taken, and files that are being made of them: whoever asks meanwhile gets the same one. */
  const pictures = new Map<string, Promise<Picture>>()
  const files = new Map<string, Promise<Buffer>>()

  async function fileOf(vmId: VmId, widthPx: number | null): Promise<Buffer> {
    const taken = await shared(pictures, vmId, () => pictureOf(machines, vmId))
    return await pngOf(scaledDown(taken, widthPx ?? taken.widthPx))
  }

  return {
    screenSocket: (vm) => requireScreenSocket(machines, inventory.find(vm).id),
    async screenshot(vm, { widthPx }) {
      const { id } = inventory.find(vm)
      return await shared(files, `${id} ${widthPx}`, () => fileOf(id, widthPx))
    },
  }
}

function shared<T>(underWay: Map<string, Promise<T>>, key: string, begin: () => Promise<T>): Promise<T> {
  const present = underWay.get(key)
  if (present) return present
  const begun = begin().finally(() => underWay.delete(key))
  underWay.set(key, begun)
  return begun
}
