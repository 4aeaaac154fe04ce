import { exportCheckpoint } from '../../checkpoint/transfer/export.ts'
import { importVm } from '../../checkpoint/transfer/import.ts'
import type { ExportResult, ImportResult } from '../../contract/transfer.ts'
import { findCheckpoint } from '../../inventory/tree.ts'
import { checkedName } from '../../vm/name.ts'
import type { Services } from '../services.ts'
import type { ServiceContext } from './context.ts'

type TransferServices = Pick<Services, 'exportCheckpoint' | 'importVm'>

export function transferServices(context: ServiceContext): TransferServices {
  const { machines, tasks, settler, start, view } = context
  const { inventory, events } = machines.deps
  return {
    exportCheckpoint(vm, checkpoint, request) {
      const document = inventory.find(vm)
      const { id } = findCheckpoint(document, checkpoint)
      return start(document, 'checkpoint.export', 'Exporting Checkpoint', async (context) => {
        if (machines.locks.isBusy(document.id)) context.report(0, 'waiting for another operation on this VM')
        const { id: vmId } = document
        const exported = await exportCheckpoint(machines, vmId, id, request, context, context.signal).finally(
          () => settler.kick(vmId),
        ) // what waited for the end of the export
        const { checkpoint, ...result } = exported
        return {
          ...result,
          layout: request.layout,
          vm: { id: vmId, name: inventory.has(vmId) ? inventory.get(vmId).name : document.name },
          checkpoint: { id: checkpoint.id, name: checkpoint.name },
        } satisfies ExportResult
      })
    },

    importVm({ folder, name, identity }) {
      const wanted = name === undefined ? null : checkedName('VM', name)
      return tasks.start({
        kind: 'vm.import',
        vmId: null,
        vmName: wanted,
        title: 'Importing VM',
        run: async (context): Promise<ImportResult> => {
          const request = { folder, name: wanted, identity }
          const imported = await importVm(machines, request, context, context.signal)
          const { document, checkpoint, warnings } = imported
          for (const message of warnings)
            events.publish({ type: 'notice', vmId: document.id, level: 'warning', message })
          return {
            vm: await view(document),
            checkpoint: { id: checkpoint.id, name: checkpoint.name },
            identity,
            warnings: [...warnings],
          }
        },
      })
    },
  }
}
