import type { RepairResult } from '../../contract/doctor.ts'
import { StillpointError } from '../../core/error.ts'
import { partOf } from '../../core/progress.ts'
import { examine } from '../../doctor/examine.ts'
import { repair } from '../../doctor/repair.ts'
import { saveMetadata } from '../../doctor/save-metadata.ts'
import type { VmDocument } from '../../inventory/document.ts'
import type { TaskKind } from '../../task/task.ts'
import type { Services } from '../services.ts'
import type { ServiceContext } from './context.ts'

type DoctorServices = Pick<Services, 'examine' | 'repair'>

/** Tasks that make or remove folders of VMs. */
const kinds: readonly TaskKind[] = ['vm.create', 'vm.import', 'vm.remove']

export function doctorServices({
  machines,
  tasks,
  growth,
  settler,
  backUpDatabase,
}: ServiceContext): DoctorServices {
  const { inventory } = machines.deps
  const look = (document: VmDocument | null) => {
    // A VM that is being made has a folder and no record yet.
    const isCreating = tasks.running().some(({ kind }) => kinds.includes(kind))
    return examine(machines, document, growth.volumes(), { isCreating })
  }

  return {
    async examine(vm) {
      return { findings: await look(vm === null ? null : inventory.find(vm)) }
    },

    repair({ vm, codes, confirm }) {
      const document = vm === undefined ? null : inventory.find(vm)
      if (!confirm) {
        throw new StillpointError(
          'confirmation_required',
          'Repairing changes records and moves files; look at what is found first, and confirm it.',
        )
      }
      return tasks.start({
        kind: 'doctor.repair',
        vmId: document?.id ?? null,
        vmName: document?.name ?? null,
        title: 'Repairing',
        run: async (context): Promise<RepairResult> => {
          context.report(0, 'looking at what is wrong')
          const found = await look(document)
          const wanted = found.filter(
            ({ code, isRepairable }) => isRepairable && (codes === undefined || codes.includes(code)),
          )
          if (wanted.length === 0) return { savedTo: null, repaired: [], left: found }
          context.report(10, 'saving the metadata as they are')
          const savedTo = await saveMetadata(machines, backUpDatabase, wanted)
          const repaired = await repair(machines, wanted, partOf(context, 20, 90), context.signal)
          for (const { id } of inventory.all()) settler.kick(id)
          const present = document && inventory.has(document.id) ? inventory.get(document.id) : null
          return { savedTo, repaired, left: await look(present) }
        },
      })
    },
  }
}
