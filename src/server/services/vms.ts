import { StillpointError } from '../../core/error.ts'
import type { VmDocument } from '../../inventory/document.ts'
import { changeVm, removeVm } from '../../machine/change-vm.ts'
import { changeVms } from '../../machine/change-vms.ts'
import { checkNewVm, createVm } from '../../machine/create-vm.ts'
import { selectVms } from '../../vm/select.ts'
import type { Services } from '../services.ts'
import type { ServiceContext } from './context.ts'

type VmServices = Pick<
  Services,
  | 'listVms'
  | 'showVm'
  | 'listVmRows'
  | 'showVmRow'
  | 'createVm'
  | 'updateVm'
  | 'changeVms'
  | 'showSettings'
  | 'removeVm'
>

const idAndName = ({ id, name }: VmDocument) => ({ id, name })

/** Without what was not given. */
const given = <T extends object>(values: T) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))

export function vmServices({
  machines,
  groups,
  tasks,
  uefiVariables,
  start,
  view,
  viewAll,
  viewRow,
  viewRows,
}: ServiceContext): VmServices {
  const { inventory } = machines.deps
  return {
    listVms: () => viewAll(inventory.all()),
    showVm: (vm) => view(inventory.find(vm)),
    listVmRows: () => viewRows(inventory.all()),
    showVmRow: (vm) => viewRow(inventory.find(vm)),

    createVm: (request) =>
      tasks.start({
        kind: 'vm.create',
        vmId: null,
        vmName: request.name,
        title: 'Creating VM',
        run: async (context) => {
          const { cpus, memoryMiB, memoryBacking, disks, firmware, network, display, boot, name, tpm, tags } =
            request
          const variables = firmware === 'uefi' ? await uefiVariables() : null
          const settings = given(request.settings)
          const wanted = {
            name,
            cpus,
            memoryMiB,
            memoryBacking,
            disks,
            firmware,
            network,
            display,
            boot,
            settings,
            tpm,
            tags,
            uefiVariables: variables,
            generationId: machines.deps.ids.uuid(),
            systemUuid: machines.deps.ids.uuid(),
          }
          await checkNewVm(machines, wanted)
          return await view(await createVm(machines, wanted, context, context.signal))
        },
      }),

    async updateVm(vm, { name, settings, tags, ...hardware }) {
      return await view(
        await changeVm(machines, inventory.find(vm).id, {
          name,
          tags,
          settings: given(settings ?? {}),
          hardware: given(hardware),
        }),
      )
    },

    async changeVms({ select, settings, tags, addTags, removeTags }) {
      const vmIds = selectVms(inventory.all(), select).map(({ id }) => id)
      const change = { settings: given(settings), tags, addTags, removeTags }
      const { changed, unchanged } = await changeVms(machines, vmIds, change)
      return { changed: changed.map(idAndName), unchanged: unchanged.map(idAndName) }
    },

    showSettings: (select) =>
      selectVms(inventory.all(), select).map(({ id, name, tags, settings }) => ({
        id,
        name,
        tags,
        settings,
      })),

    removeVm(vm, { confirm }) {
      const document = inventory.find(vm)
      if (!confirm) {
        const count = document.checkpoints.length
        throw new StillpointError(
          'confirmation_required',
          `Removing VM "${document.name}" deletes its disks and ${count} checkpoint${count === 1 ? '' : 's'}; confirm it. Images used by link stay.`,
        )
      }
      return start(document, 'vm.remove', 'Removing', async (context) => {
        await removeVm(machines, document.id, context.signal)
        await groups.forget(document.id)
        return null
      })
    },
  }
}
