import { randomUUID } from 'node:crypto'
import { applyCheckpoint } from '../checkpoint/apply.ts'
import { createCheckpoint } from '../checkpoint/create.ts'
import { deleteCheckpoints } from '../checkpoint/delete.ts'
import { changeCheckpoint, requireFreeCheckpointName } from '../checkpoint/rename.ts'
import type { Settler } from '../checkpoint/settle.ts'
import type { ApplyCheckpoint, ApplyResult, DeleteResult } from '../contract/checkpoint.ts'
import type { Health } from '../contract/system.ts'
import { StillpointError } from '../core/error.ts'
import { partOf } from '../core/progress.ts'
import type { Checkpoint } from '../inventory/checkpoint.ts'
import type { VmDocument } from '../inventory/document.ts'
import { rebuildInventory } from '../inventory/rebuild.ts'
import { findCheckpoint } from '../inventory/tree.ts'
import { changeVm, removeVm } from '../machine/change-vm.ts'
import { checkNewVm, createVm } from '../machine/create-vm.ts'
import { lookAgain } from '../machine/inspect.ts'
import type { Machines } from '../machine/machines.ts'
import { pauseVm, resumeVm, startVm, stopVm } from '../machine/power.ts'
import type { Task, TaskContext, TaskKind, TaskRunner } from '../task/task.ts'
import { checkedName } from '../vm/name.ts'
import type { Services } from './services.ts'
import { viewCheckpoints, viewVm } from './views.ts'

export interface HostDependencies {
  readonly machines: Machines
  readonly tasks: TaskRunner
  readonly settler: Settler
  readonly health: () => Health
  readonly uefiVariables: () => Promise<string>
  /** After the inventory was replaced: finds processes, ends unfinished work. */
  readonly recover: () => Promise<void>
}

/** Names become ids, operations become tasks, records become views; what an operation does is in its room. */
export function createHostServices(deps: HostDependencies): Services {
  const { machines, tasks, settler } = deps
  const { inventory, events, log, folders } = machines.deps

  const start = (
    document: VmDocument,
    kind: TaskKind,
    title: string,
    run: (context: TaskContext) => Promise<unknown>,
  ): Task => tasks.start({ kind, vmId: document.id, vmName: document.name, title, run })

  const inTurn = (document: VmDocument, context: TaskContext, body: () => Promise<unknown>) => {
    if (machines.locks.isBusy(document.id)) context.report(0, 'waiting for another operation on this VM')
    return machines.turn(document.id, context.signal, body)
  }

  const view = async (document: VmDocument) => {
    await lookAgain(machines, document.id)
    const task = tasks.list({ vmId: document.id, limit: 50 }).find(({ state }) => state === 'running')
    return await viewVm(document, { machines, task, waitingMerges: settler.waiting(document.id) })
  }

  const viewOne = async (document: VmDocument, checkpoint: Checkpoint) => {
    const [found] = await viewCheckpoints(document, [checkpoint])
    if (!found) throw new StillpointError('internal', 'A checkpoint has no view.')
    return found
  }

  const apply = (document: VmDocument, checkpoint: Checkpoint, options: ApplyCheckpoint): Task => {
    if (!options.confirm) {
      throw new StillpointError(
        'confirmation_required',
        `Applying "${checkpoint.name}" discards the present state of VM "${document.name}"; confirm it. A checkpoint of that state can be created first.`,
      )
    }
    return start(document, 'checkpoint.apply', 'Applying Checkpoint', (context) =>
      inTurn(document, context, async (): Promise<ApplyResult> => {
        const first = options.checkpointFirst
        const created = first
          ? await createCheckpoint(
              machines,
              document.id,
              { name: null, notes: `Before "${checkpoint.name}" was applied.` },
              partOf(context, 0, 50),
              context.signal,
            )
          : null
        if (created) notifyCreated(document, created)
        const target = findCheckpoint(inventory.get(document.id), checkpoint.id)
        const applied = await applyCheckpoint(
          machines,
          document.id,
          target,
          partOf(context, first ? 50 : 0, 100),
          context.signal,
        )
        settler.kick(document.id)
        const now = inventory.get(document.id)
        return {
          checkpoint: await viewOne(now, applied.checkpoint),
          created: created && (await viewOne(now, created)),
          state: applied.state,
          outageMs: applied.outageMs,
          clock: applied.clock,
          memory: applied.memory,
        }
      }),
    )
  }

  return {
    tasks,
    events,
    log,
    health: deps.health,

    listVms: () => Promise.all(inventory.all().map(view)),
    showVm: (vm) => view(inventory.find(vm)),

    createVm: (request) =>
      tasks.start({
        kind: 'vm.create',
        vmId: null,
        vmName: request.name,
        title: 'Creating VM',
        run: async (context) => {
          const { cpus, memoryMiB, memoryBacking, disks, firmware, network, display, boot, name } = request
          const uefiVariables = firmware === 'uefi' ? await deps.uefiVariables() : null
          const settings = Object.fromEntries(
            Object.entries(request.settings).filter(([, value]) => value !== undefined),
          )
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
            uefiVariables,
            systemUuid: randomUUID(),
          }
          await checkNewVm(machines, wanted)
          return await view(await createVm(machines, wanted, context, context.signal))
        },
      }),

    async updateVm(vm, { name, settings, ...hardware }) {
      const given = <T extends object>(values: T) =>
        Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
      return await view(
        await changeVm(machines, inventory.find(vm).id, {
          name,
          settings: given(settings ?? {}),
          hardware: given(hardware),
        }),
      )
    },

    startVm(vm) {
      const document = inventory.find(vm)
      return start(document, 'vm.start', 'Starting', async (context) => {
        await startVm(machines, document.id, context.signal)
        return await view(inventory.get(document.id))
      })
    },

    stopVm(vm, options) {
      const document = inventory.find(vm)
      return start(document, 'vm.stop', 'Stopping', async (context) => {
        await stopVm(machines, document.id, options, context, context.signal)
        return await view(inventory.get(document.id))
      })
    },

    pauseVm(vm) {
      const document = inventory.find(vm)
      return start(document, 'vm.pause', 'Pausing', async (context) => {
        await pauseVm(machines, document.id, context.signal)
        return await view(inventory.get(document.id))
      })
    },

    resumeVm(vm) {
      const document = inventory.find(vm)
      return start(document, 'vm.resume', 'Resuming', async (context) => {
        await resumeVm(machines, document.id, context.signal)
        return await view(inventory.get(document.id))
      })
    },

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
        return null
      })
    },

    async listCheckpoints(vm) {
      const document = inventory.find(vm)
      return await viewCheckpoints(document, document.checkpoints)
    },

    async showCheckpoint(vm, checkpoint) {
      const document = inventory.find(vm)
      return await viewOne(document, findCheckpoint(document, checkpoint))
    },

    createCheckpoint(vm, { name, notes }) {
      const document = inventory.find(vm)
      if (name !== undefined)
        requireFreeCheckpointName(document.checkpoints, checkedName('checkpoint', name), document.name)
      return start(document, 'checkpoint.create', 'Creating Checkpoint', (context) =>
        inTurn(document, context, async () => {
          const present = inventory.get(document.id)
          if (name !== undefined)
            requireFreeCheckpointName(present.checkpoints, checkedName('checkpoint', name), document.name)
          const created = await createCheckpoint(
            machines,
            document.id,
            { name: name ?? null, notes },
            context,
            context.signal,
          ).finally(() => settler.kick(document.id))
          notifyCreated(document, created)
          return await viewOne(inventory.get(document.id), created)
        }),
      )
    },

    async updateCheckpoint(vm, checkpoint, change) {
      const document = inventory.find(vm)
      const { id } = findCheckpoint(document, checkpoint)
      return await viewOne(
        inventory.get(document.id),
        await changeCheckpoint(machines, document.id, id, change),
      )
    },

    applyCheckpoint(vm, checkpoint, options) {
      const document = inventory.find(vm)
      return apply(document, findCheckpoint(document, checkpoint), options)
    },

    revertVm(vm, options) {
      const document = inventory.find(vm)
      if (document.nowParentId === null) {
        throw new StillpointError(
          'checkpoint_not_found',
          `VM "${document.name}" does not hang under a checkpoint, so there is nothing to revert to.`,
        )
      }
      return apply(document, findCheckpoint(document, document.nowParentId), options)
    },

    deleteCheckpoint(vm, checkpoint, options) {
      const document = inventory.find(vm)
      const target = findCheckpoint(document, checkpoint)
      return start(document, 'checkpoint.delete', 'Deleting Checkpoint', (context) =>
        inTurn(document, context, async (): Promise<DeleteResult> => {
          const deleted = await deleteCheckpoints(machines, document.id, target, options)
          return {
            deleted: deleted.map(({ id, name }) => ({ id, name })),
            mergeTaskId: settler.kick(document.id),
          }
        }),
      )
    },

    mergeVm(vm) {
      const taskId = settler.kick(inventory.find(vm).id)
      return taskId === null ? null : (tasks.get(taskId) ?? null)
    },

    async rebuildInventory() {
      if (machines.unsettled.size > 0) {
        const [reason] = machines.unsettled.values()
        throw new StillpointError(
          'vm_unsettled',
          `The inventory cannot be rebuilt while a VM is not in order: ${reason}`,
        )
      }
      if (tasks.list({ limit: 100 }).some(({ state }) => state === 'running' || state === 'queued')) {
        throw new StillpointError(
          'vm_state',
          'The inventory cannot be rebuilt while a task runs; wait for it or cancel it.',
        )
      }
      const result = await rebuildInventory(inventory, folders)
      machines.disconnectAll()
      await deps.recover()
      return result
    },
  }

  function notifyCreated({ id: vmId, name: vmName }: VmDocument, { kind, record, name }: Checkpoint): void {
    const tell = (level: 'info' | 'warning', message: string) =>
      events.publish({ type: 'notice', vmId, level, message })
    const checkpoint = `Checkpoint "${name}" of VM "${vmName}"`
    if (record.fallbackReason !== null)
      tell('warning', `${checkpoint} is a ${kind} one: ${record.fallbackReason}`)
    if (record.captureReason !== null) {
      tell('warning', `${checkpoint} stopped the guest for ${record.pauseMs} ms: ${record.captureReason}`)
    }
    if (record.consistency === 'crash')
      tell('warning', `${checkpoint} is crash-consistent: the VM had not been shut down cleanly.`)
    if (kind === 'production') tell('info', `${checkpoint} was created with backup technology in the guest.`)
  }
}
