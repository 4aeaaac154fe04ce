import { deleteCheckpoints } from '../../checkpoint/delete.ts'
import { applyGroup } from '../../checkpoint/group/apply-group.ts'
import { createGroupCheckpoint } from '../../checkpoint/group/create-group.ts'
import { inTurns } from '../../checkpoint/group/turns.ts'
import { decideGroupGuards } from '../../checkpoint/guard/guard.ts'
import { requireFreeCheckpointName } from '../../checkpoint/rename.ts'
import type {
  ApplyGroup,
  CreateGroupCheckpoint,
  GroupApplyResult,
  GroupCheckpointResult,
  GroupCheckpointView,
  GroupDeleteResult,
  GroupView,
} from '../../contract/group.ts'
import { StillpointError } from '../../core/error.ts'
import type { SetId, VmId } from '../../core/ids.ts'
import { type Progress, partOf } from '../../core/progress.ts'
import type { VmDocument } from '../../inventory/document.ts'
import { type Group, type GroupSet, setsNamed, setsOf } from '../../inventory/group.ts'
import type { Task, TaskContext, TaskKind } from '../../task/task.ts'
import { checkedName, defaultCheckpointName } from '../../vm/name.ts'
import { selectVms } from '../../vm/select.ts'
import type { Services } from '../services.ts'
import type { ServiceContext } from './context.ts'
import { keepOldGuest } from './keep-old-guest.ts'
import { notifyCreated, notifyGuards } from './notices.ts'

export type GroupServices = Pick<
  Services,
  | 'listGroups'
  | 'showGroup'
  | 'createGroup'
  | 'updateGroup'
  | 'deleteGroup'
  | 'listGroupCheckpoints'
  | 'showGroupCheckpoint'
  | 'createGroupCheckpoint'
  | 'applyGroup'
  | 'deleteGroupCheckpoint'
>

export function groupServices(context: ServiceContext): GroupServices {
  const { machines, groups, tasks, groupTasks, settler, viewOne } = context
  const { inventory, clock, ids, events } = machines.deps

  const view = async (group: Group): Promise<GroupView> => {
    const members = groups.membersOf(group)
    return {
      id: group.id,
      name: group.name,
      createdAt: group.createdAt,
      members: await Promise.all(
        members.map(async ({ id, name }) => ({
          vmId: id,
          vmName: name,
          state: await machines.powerStateAtOnce(id),
        })),
      ),
      checkpointCount: setsOf(group, members).length,
    }
  }

  const viewSet = async (group: Group, set: GroupSet): Promise<GroupCheckpointView> => ({
    setId: set.setId,
    groupId: group.id,
    groupName: group.name,
    name: set.name,
    notes: set.notes,
    createdAt: set.createdAt,
    checkpoints: await Promise.all(
      set.checkpoints.map(async ({ document, checkpoint }) => ({
        ...named(document),
        checkpoint: await viewOne(document, checkpoint),
      })),
    ),
    missing: set.missing.map(named),
  })

  const findSet = (group: Group, key: string): GroupSet => {
    const sets = setsOf(group, groups.membersOf(group))
    const [found, ...others] = setsNamed(sets, key)
    if (found && others.length === 0) return found
    if (found) {
      throw new StillpointError(
        'name_ambiguous',
        `Group "${group.name}" has ${others.length + 1} checkpoints named "${key}"; the id tells them apart: ${[found, ...others].map(({ setId }) => setId).join(', ')}.`,
      )
    }
    const names = sets.slice(-5).map(({ name }) => `"${name}"`)
    const known = names.length === 0 ? 'it has none yet' : `the newest are ${names.join(', ')}`
    throw new StillpointError('set_not_found', `Group "${group.name}" has no checkpoint "${key}"; ${known}.`)
  }

  /** In the order in which they are named; what a pattern stands for, by name. */
  const chosen = (keys: readonly string[]): VmId[] => [
    ...new Set(keys.flatMap((key) => selectVms(inventory.all(), { names: [key] }).map(({ id }) => id))),
  ]

  const requireMembers = (group: Group): VmDocument[] => {
    const members = groups.membersOf(group)
    if (members.length > 0) return members
    throw new StillpointError('vm_not_found', `Group "${group.name}" has no VMs; add some to it first.`)
  }

  const start = (
    kind: TaskKind,
    title: string,
    vmIds: readonly VmId[],
    run: (context: TaskContext) => Promise<unknown>,
  ): Task =>
    tasks.start({
      kind,
      vmId: null,
      vmName: null,
      title,
      run: async (context) => {
        const busy = vmIds.find((vmId) => machines.locks.isBusy(vmId))
        if (busy) context.report(0, `waiting for another operation on VM "${inventory.get(busy).name}"`)
        for (const vmId of vmIds) groupTasks.set(vmId, context.taskId)
        return await inTurns(machines, vmIds, context.signal, () => run(context)).finally(() => {
          for (const vmId of vmIds) {
            if (groupTasks.get(vmId) === context.taskId) groupTasks.delete(vmId)
            settler.kick(vmId)
          }
        })
      },
    })

  const create = async (
    group: Group,
    vmIds: readonly VmId[],
    request: CreateGroupCheckpoint,
    progress: Progress,
    signal: AbortSignal,
  ): Promise<GroupCheckpointResult> => {
    requireFreeName(vmIds, request.name)
    const setId = ids.next<SetId>()
    const intents = vmIds.map((vmId) => ({
      vmId,
      intent: { operation: 'create', asGroup: 'whole' } as const,
    }))
    const guards = await decideGroupGuards(
      machines,
      group.name,
      intents,
      request.confirmGuards ?? false,
      signal,
    )
    const { checkpoints, spanMs } = await createGroupCheckpoint(
      machines,
      {
        vmIds,
        name: request.name ?? defaultCheckpointName(group.name, clock.now()),
        notes: request.notes,
        group: { groupId: group.id, groupName: group.name, setId },
        guards,
      },
      progress,
      signal,
    )
    for (const { vmId, checkpoint } of checkpoints) notifyCreated(events, inventory.get(vmId), checkpoint)
    return { checkpoint: await viewSet(group, findSet(group, setId)), spanMs }
  }

  const requireFreeName = (vmIds: readonly VmId[], name: string | undefined): void => {
    if (name === undefined) return
    const checked = checkedName('checkpoint', name)
    for (const vmId of vmIds) {
      const { checkpoints, name: vmName } = inventory.get(vmId)
      requireFreeCheckpointName(checkpoints, checked, vmName)
    }
  }

  return {
    listGroups: () => Promise.all(groups.all().map(view)),
    showGroup: (group) => view(groups.find(group)),

    createGroup: async ({ name, vms }) =>
      await view(await groups.create(name, chosen(vms), ids, clock.now())),

    async updateGroup(key, { name, add = [], remove = [], order = [] }) {
      const group = groups.find(key)
      const leaving = new Set(members(group, chosen(remove)))
      const first = members(group, chosen(order))
      const all = [...first, ...group.members, ...chosen(add)].filter((vmId) => !leaving.has(vmId))
      return await view(await groups.change(group.id, { name, members: all }))
    },

    async deleteGroup(group) {
      await groups.remove(groups.find(group).id)
    },

    async listGroupCheckpoints(key) {
      const group = groups.find(key)
      return await Promise.all(setsOf(group, groups.membersOf(group)).map((set) => viewSet(group, set)))
    },

    async showGroupCheckpoint(key, checkpoint) {
      const group = groups.find(key)
      return await viewSet(group, findSet(group, checkpoint))
    },

    createGroupCheckpoint(key, request) {
      const group = groups.find(key)
      const vmIds = requireMembers(group).map(({ id }) => id)
      requireFreeName(vmIds, request.name)
      return start('group.checkpoint', `Creating Checkpoint of Group "${group.name}"`, vmIds, (context) =>
        create(group, vmIds, request, context, context.signal),
      )
    },

    applyGroup(key, checkpoint, options) {
      const group = groups.find(key)
      const set = findSet(group, checkpoint)
      requireApplicable(group, set, options)
      const first = members(group, chosen(options.order))
      const vmIds = [...new Set([...first, ...group.members])].filter((vmId) =>
        set.checkpoints.some(({ document }) => document.id === vmId),
      )
      return start('group.apply', `Applying Checkpoint to Group "${group.name}"`, vmIds, async (task) => {
        const { checkpointFirst } = options
        const notes = `Before "${set.name}" was applied.`
        const { confirmGuards = false } = options
        const asGroup = set.missing.length === 0 ? 'whole' : 'partly'
        const intents = set.checkpoints.map(({ document, checkpoint }) => ({
          vmId: document.id,
          intent: { operation: 'apply', checkpoint, asGroup } as const,
        }))
        const guards = await decideGroupGuards(machines, group.name, intents, confirmGuards, task.signal)
        const created = checkpointFirst
          ? await create(group, vmIds, { notes, confirmGuards }, partOf(task, 0, 50), task.signal)
          : null
        const present = findSet(group, set.setId) // one of them may have been deleted while this waited
        requireApplicable(group, present, options)
        const applied = await applyGroup(
          machines,
          {
            groupName: group.name,
            setName: set.name,
            members: vmIds.flatMap((vmId) =>
              present.checkpoints
                .filter(({ document }) => document.id === vmId)
                .map((each) => ({ vmId, checkpoint: each.checkpoint, guards: guards.get(vmId) ?? [] })),
            ),
            keep: created === null,
          },
          partOf(task, checkpointFirst ? 50 : 0, 100),
          task.signal,
        )
        for (const each of applied) {
          keepOldGuest(context, inventory.get(each.vmId), each)
          settler.kick(each.vmId)
        }
        for (const [vmId, decisions] of guards) {
          const document = inventory.get(vmId)
          notifyGuards(events, document, `"${set.name}" was applied to VM "${document.name}"`, decisions)
        }
        return {
          checkpoint: await viewSet(group, findSet(group, set.setId)),
          created: created?.checkpoint ?? null,
          applied: applied.map(({ vmId, state, outageMs, clock, memory }) => ({
            ...named(inventory.get(vmId)),
            state,
            outageMs,
            clock,
            memory,
          })),
        } satisfies GroupApplyResult
      })
    },

    deleteGroupCheckpoint(key, checkpoint) {
      const group = groups.find(key)
      const set = findSet(group, checkpoint)
      const vmIds = set.checkpoints.map(({ document }) => document.id)
      return start(
        'group.delete-checkpoint',
        `Deleting Checkpoint of Group "${group.name}"`,
        vmIds,
        async () => {
          const deleted: GroupDeleteResult['deleted'] = []
          for (const { document, checkpoint } of findSet(group, set.setId).checkpoints) {
            await deleteCheckpoints(machines, document.id, checkpoint, { subtree: false })
            deleted.push({ ...named(document), checkpointId: checkpoint.id })
          }
          return { deleted } satisfies GroupDeleteResult
        },
      )
    },
  }

  /** Error: `vm_not_found` for a VM that is not in the group. */
  function members(group: Group, vmIds: readonly VmId[]): readonly VmId[] {
    const stranger = vmIds.find((vmId) => !group.members.includes(vmId))
    if (stranger === undefined) return vmIds
    throw new StillpointError(
      'vm_not_found',
      `VM "${inventory.get(stranger).name}" is not in group "${group.name}".`,
    )
  }
}

const named = ({ id, name }: VmDocument) => ({ vmId: id, vmName: name })

/** Errors: `confirmation_required`, `group_incomplete`. */
function requireApplicable(group: Group, set: GroupSet, { partial, confirm }: ApplyGroup): void {
  const names = (documents: readonly VmDocument[]) => documents.map(({ name }) => `"${name}"`).join(', ')
  if (set.missing.length > 0 && !partial) {
    throw new StillpointError(
      'group_incomplete',
      `Checkpoint "${set.name}" of group "${group.name}" has nothing of VM ${names(set.missing)}: it was deleted there, or the VM joined the group later. Take the VM out of the group, or leave it as it is with --partial.`,
    )
  }
  if (confirm) return
  throw new StillpointError(
    'confirmation_required',
    `Applying "${set.name}" to group "${group.name}" discards the present state of VM ${names(set.checkpoints.map(({ document }) => document))}; confirm it. It is kept for as long as each can undo an apply. A checkpoint of that state can be created first.`,
  )
}
