import { applyCheckpoint } from '../../checkpoint/apply/apply.ts'
import { createCheckpoint } from '../../checkpoint/create/create.ts'
import { deleteCheckpoints } from '../../checkpoint/delete.ts'
import { requireFuture } from '../../checkpoint/hygiene/expiry.ts'
import { changeCheckpoint, requireFreeCheckpointName } from '../../checkpoint/rename.ts'
import type { ApplyCheckpoint, ApplyResult, DeleteResult } from '../../contract/checkpoint.ts'
import { StillpointError } from '../../core/error.ts'
import { partOf } from '../../core/progress.ts'
import type { Checkpoint } from '../../inventory/checkpoint.ts'
import type { VmDocument } from '../../inventory/document.ts'
import { findCheckpoint } from '../../inventory/tree.ts'
import type { Task } from '../../task/task.ts'
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
  | 'applyCheckpoint'
  | 'revertVm'
  | 'deleteCheckpoint'
  | 'mergeVm'
>

export function checkpointServices(context: ServiceContext): CheckpointServices {
  const { machines, tasks, settler, start, inTurn, viewOne } = context
  const { inventory, events, clock } = machines.deps

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
        if (created) notifyCreated(events, document, created)
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
    async listCheckpoints(vm) {
      const document = inventory.find(vm)
      return await viewCheckpoints(document, document.checkpoints)
    },

    async showCheckpoint(vm, checkpoint) {
      const document = inventory.find(vm)
      return await viewOne(document, findCheckpoint(document, checkpoint))
    },

    createCheckpoint(vm, { name, notes, expiresAt: until }) {
      const document = inventory.find(vm)
      const expiresAt = until && inUtc(until)
      if (expiresAt) requireFuture(expiresAt, clock.now())
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
            { name: name ?? null, notes, expiresAt },
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
  }
}

/** Times are kept in one form. */
const inUtc = (time: string) => new Date(time).toISOString()
