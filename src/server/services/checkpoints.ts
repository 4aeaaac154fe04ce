import { createCheckpoint } from '../../checkpoint/create/create.ts'
import { deleteCheckpoints } from '../../checkpoint/delete.ts'
import { decideByKnown } from '../../checkpoint/guard/guard.ts'
import { requireFuture } from '../../checkpoint/hygiene/expiry.ts'
import { changeCheckpoint, requireFreeCheckpointName } from '../../checkpoint/rename.ts'
import type { DeleteResult } from '../../contract/checkpoint.ts'
import { findCheckpoint } from '../../inventory/tree.ts'
import { checkedName } from '../../vm/name.ts'
import type { Services } from '../services.ts'
import { viewCheckpoints } from '../views.ts'
import type { ServiceContext } from './context.ts'
import { notifyCreated } from './notices.ts'

type CheckpointServices = Pick<
  Services,
  | 'listCheckpoints'
  | 'showCheckpoint'
  | 'createCheckpoint'
  | 'updateCheckpoint'
  | 'deleteCheckpoint'
  | 'mergeVm'
>

export function checkpointServices(context: ServiceContext): CheckpointServices {
  const { machines, tasks, settler, start, inTurn, viewOne } = context
  const { inventory, events, clock } = machines.deps

  return {
    async listCheckpoints(vm) {
      const document = inventory.find(vm)
      return await viewCheckpoints(document, document.checkpoints)
    },

    async showCheckpoint(vm, checkpoint) {
      const document = inventory.find(vm)
      return await viewOne(document, findCheckpoint(document, checkpoint))
    },

    createCheckpoint(vm, { name, notes, confirmGuards, expiresAt: until }) {
      const document = inventory.find(vm)
      const expiresAt = until && inUtc(until)
      if (expiresAt) requireFuture(expiresAt, clock.now())
      if (name !== undefined)
        requireFreeCheckpointName(document.checkpoints, checkedName('checkpoint', name), document.name)
      decideByKnown(machines, document, { operation: 'create' }, confirmGuards ?? false)
      return start(document, 'checkpoint.create', 'Creating Checkpoint', (context) =>
        inTurn(document, context, async () => {
          const present = inventory.get(document.id)
          if (name !== undefined)
            requireFreeCheckpointName(present.checkpoints, checkedName('checkpoint', name), document.name)
          const created = await createCheckpoint(
            machines,
            document.id,
            { name: name ?? null, notes, expiresAt, confirmGuards },
            context,
            context.signal,
          ).finally(() => settler.kick(document.id))
          notifyCreated(events, document, created)
          return await viewOne(inventory.get(document.id), created)
        }),
      )
    },

    async updateCheckpoint(vm, checkpoint, change) {
      const document = inventory.find(vm)
      const { id } = findCheckpoint(document, checkpoint)
      return await viewOne(
        inventory.get(document.id),
        await changeCheckpoint(machines, document.id, id, {
          ...change,
          expiresAt: change.expiresAt && inUtc(change.expiresAt),
        }),
      )
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
      const taskId = settler.kick(inventory.find(vm).id, { urgent: true })
      return taskId === null ? null : (tasks.get(taskId) ?? null)
    },
  }
}

/** Times are kept in one form. */
const inUtc = (time: string) => new Date(time).toISOString()
