import { type Applied, applyCheckpoint } from '../../checkpoint/apply/apply.ts'
import { forgetDiscarded, undoApply } from '../../checkpoint/apply/undo.ts'
import { createCheckpoint } from '../../checkpoint/create/create.ts'
import { decideByKnown, decideGuards } from '../../checkpoint/guard/guard.ts'
import type { ApplyCheckpoint, ApplyResult } from '../../contract/checkpoint.ts'
import { StillpointError } from '../../core/error.ts'
import { partOf } from '../../core/progress.ts'
import type { Checkpoint } from '../../inventory/checkpoint.ts'
import { findDiscarded, mostDiscarded } from '../../inventory/discarded.ts'
import type { VmDocument } from '../../inventory/document.ts'
import { findCheckpoint } from '../../inventory/tree.ts'
import type { Task } from '../../task/task.ts'
import type { Services } from '../services.ts'
import { viewDiscarded } from '../views.ts'
import type { ServiceContext } from './context.ts'
import { keepOldGuest } from './keep-old-guest.ts'
import { notifyCreated, notifyGuards } from './notices.ts'

type ApplyServices = Pick<
  Services,
  'applyCheckpoint' | 'revertVm' | 'listDiscarded' | 'undoApply' | 'forgetDiscarded'
>

/** Everything that puts a VM back in time, and what it discards by that. */
export function applyServices(host: ServiceContext): ApplyServices {
  const { machines, settler, start, inTurn, viewOne } = host
  const { inventory, events } = machines.deps

  const resultOf = async (
    document: VmDocument,
    { state }: { state: Checkpoint },
    applied: Applied,
    created: Checkpoint | null,
  ): Promise<ApplyResult> => {
    keepOldGuest(host, document, applied)
    settler.kick(document.id)
    const now = inventory.get(document.id)
    const { discarded, outageMs, clock, memory } = applied
    return {
      checkpoint: await viewOne(now, state),
      created: created && (await viewOne(now, created)),
      state: applied.state,
      outageMs,
      clock,
      memory,
      undo: discarded && { stateId: discarded.state.id, expiresAt: discarded.expiresAt },
    }
  }

  const apply = (document: VmDocument, checkpoint: Checkpoint, options: ApplyCheckpoint): Task => {
    if (!options.confirm) {
      throw new StillpointError(
        'confirmation_required',
        `Applying "${checkpoint.name}" discards the present state of VM "${document.name}"${disksOnlyNow(document, checkpoint)}; confirm it. ${keptFor(document)} A checkpoint of that state can be created first.`,
      )
    }
    const confirmed = options.confirmGuards ?? false
    const intent = { operation: 'apply', checkpoint } as const
    decideByKnown(machines, document, intent, confirmed)
    return start(document, 'checkpoint.apply', 'Applying Checkpoint', (context) =>
      inTurn(document, context, async () => {
        const guards = await decideGuards(machines, document.id, intent, confirmed, context.signal)
        const first = options.checkpointFirst
        const created = first
          ? await createCheckpoint(
              machines,
              document.id,
              { name: null, notes: `Before "${checkpoint.name}" was applied.`, confirmGuards: confirmed },
              partOf(context, 0, 50),
              context.signal,
            )
          : null
        if (created) notifyCreated(events, document, created)
        const state = findCheckpoint(inventory.get(document.id), checkpoint.id)
        const applied = await applyCheckpoint(
          machines,
          document.id,
          state,
          { keep: created === null, guards },
          partOf(context, first ? 50 : 0, 100),
          context.signal,
        )
        notifyGuards(events, document, `"${checkpoint.name}" was applied to VM "${document.name}"`, guards)
        return await resultOf(document, { state }, applied, created)
      }),
    )
  }

  return {
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

    async listDiscarded(vm) {
      return await viewDiscarded(inventory.find(vm))
    },

    undoApply(vm, { stateId, confirm, confirmGuards = false }) {
      const document = inventory.find(vm)
      const { state } = findDiscarded(document, stateId)
      if (!confirm) {
        throw new StillpointError(
          'confirmation_required',
          `Bringing back "${state.name}" discards the present state of VM "${document.name}"; confirm it. ${keptFor(document)}`,
        )
      }
      // To others it is a step in time like any other.
      const intent = { operation: 'apply', checkpoint: state } as const
      decideByKnown(machines, document, intent, confirmGuards)
      return start(document, 'checkpoint.undo', 'Undoing Apply', (context) =>
        inTurn(document, context, async () => {
          const guards = await decideGuards(machines, document.id, intent, confirmGuards, context.signal)
          const { undone, applied } = await undoApply(
            machines,
            document.id,
            state.id,
            guards,
            context,
            context.signal,
          )
          notifyGuards(events, document, `"${state.name}" was brought back to VM "${document.name}"`, guards)
          return await resultOf(document, undone, applied, null)
        }),
      )
    },

    forgetDiscarded(vm, stateId) {
      const document = inventory.find(vm)
      if (stateId !== null) findDiscarded(document, stateId)
      return start(document, 'checkpoint.forget', 'Freeing Discarded State', (context) =>
        inTurn(document, context, async () => {
          const { discarded } = inventory.get(document.id)
          const ids = discarded
            .map(({ state }) => state.id)
            .filter((id) => stateId === null || id === stateId)
          await forgetDiscarded(machines, document.id, ids)
          return { forgotten: ids, mergeTaskId: settler.kick(document.id) }
        }),
      )
    },
  }
}

function keptFor({ settings: { undoHours } }: VmDocument): string {
  if (undoHours === 0) return 'It is not kept: the undo time of the VM is 0 hours.'
  return `It can be brought back for ${undoHours === 1 ? 'one hour' : `${undoHours} hours`}, as long as it is among the ${mostDiscarded} newest.`
}

/** Disks that were added since go with the present state. */
function disksOnlyNow({ hardware }: VmDocument, checkpoint: Checkpoint): string {
  const had = new Set(checkpoint.hardware.disks.map(({ id }) => id))
  const added = hardware.disks.filter(({ id }) => !had.has(id)).map(({ id }) => `"${id}"`)
  return added.length === 0 ? '' : `, with ${added.join(', ')}, which was added since`
}
