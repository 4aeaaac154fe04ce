import { removeDisk } from '../../checkpoint/remove-disk.ts'
import { StillpointError } from '../../core/error.ts'
import { addDisk, dataDisk, growDisk } from '../../machine/disks.ts'
import { viewLayers } from '../layers-view.ts'
import type { Services } from '../services.ts'
import type { ServiceContext } from './context.ts'

type DiskServices = Pick<Services, 'addDisk' | 'removeDisk' | 'growDisk' | 'listLayers'>

export function diskServices({ machines, settler, start, inTurn, view }: ServiceContext): DiskServices {
  const { inventory } = machines.deps
  return {
    addDisk(vm, disk) {
      const document = inventory.find(vm)
      return start(document, 'disk.add', 'Adding Disk', (context) =>
        inTurn(document, context, async () => {
          await addDisk(machines, document.id, disk, context, context.signal)
          return await view(inventory.get(document.id))
        }),
      )
    },

    removeDisk(vm, disk, { confirm }) {
      const document = inventory.find(vm)
      const diskId = dataDisk(document, disk)
      if (!confirm) {
        throw new StillpointError(
          'confirmation_required',
          `Removing ${diskId} of VM "${document.name}" discards what it holds now; checkpoints keep what they have of it. Confirm it.`,
        )
      }
      return start(document, 'disk.remove', 'Removing Disk', async (context) => {
        await inTurn(document, context, () => removeDisk(machines, document.id, diskId))
        settler.kick(document.id)
        return await view(inventory.get(document.id))
      })
    },

    growDisk(vm, disk, { sizeBytes }) {
      const document = inventory.find(vm)
      const diskId = dataDisk(document, disk)
      return start(document, 'disk.grow', 'Growing Disk', (context) =>
        inTurn(document, context, async () => {
          await growDisk(machines, document.id, diskId, sizeBytes)
          return await view(inventory.get(document.id))
        }),
      )
    },

    async listLayers(vm) {
      return await viewLayers(inventory.find(vm))
    },
  }
}
