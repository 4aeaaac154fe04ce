import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { writeFileDurably } from '../core/durable-file.ts'
import { messageOf, StillpointError } from '../core/error.ts'
import type { GroupId, IdSource, VmId } from '../core/ids.ts'
import type { Log } from '../core/log.ts'
import { limits } from '../vm/config.ts'
import { checkedName, sameName } from '../vm/name.ts'
import type { VmDocument } from './document.ts'
import type { Folders } from './folders.ts'
import { type Group, type GroupStore, groupSchema } from './group.ts'
import type { Inventory } from './inventory.ts'

/**
 * The groups of this host. A change is in force once the store has it; the copy in the home folder follows, so that
 * groups can be rebuilt when the store is lost.
 */
export class Groups {
  readonly #store: GroupStore
  readonly #folders: Folders
  readonly #inventory: Inventory
  readonly #log: Log
  readonly #groups = new Map<GroupId, Group>()
  #copy: Promise<void> = Promise.resolve()

  constructor(store: GroupStore, folders: Folders, inventory: Inventory, log: Log) {
    this.#store = store
    this.#folders = folders
    this.#inventory = inventory
    this.#log = log
    this.#reload()
  }

  all(): Group[] {
    return [...this.#groups.values()].sort((a, b) => a.name.localeCompare(b.name))
  }

  /** Of the groups that a VM is in. */
  namesOf(vmId: VmId): string[] {
    return this.all().flatMap(({ name, members }) => (members.includes(vmId) ? [name] : []))
  }

  /** By id, or by name without regard to case. Error: `group_not_found`. */
  find(nameOrId: string): Group {
    const byId = this.#groups.get(nameOrId as GroupId) // any text may be asked for
    const found = byId ?? this.all().find(({ name }) => sameName(name, nameOrId.trim()))
    if (found) return found
    const names = this.all().slice(0, 5)
    const known = names.map(({ name }) => `"${name}"`).join(', ')
    throw new StillpointError(
      'group_not_found',
      `There is no group "${nameOrId}"; ${known === '' ? 'there are no groups yet' : `there are ${known}${this.#groups.size > names.length ? '…' : ''}`}.`,
    )
  }

  /** The VMs of a group that there are, in its order. */
  membersOf(group: Group): VmDocument[] {
    return group.members.filter((vmId) => this.#inventory.has(vmId)).map((vmId) => this.#inventory.get(vmId))
  }

  /** Errors: `invalid_name`, `name_taken`, `invalid_request` for too many VMs. */
  async create(name: string, members: readonly VmId[], ids: IdSource, createdAt: Date): Promise<Group> {
    const group: Group = {
      id: ids.next<GroupId>(),
      name: this.#freeName(name, null),
      revision: 1,
      createdAt: createdAt.toISOString(),
      members: [...new Set(members)],
    }
    return await this.#put(group)
  }

  /** Replaces what is given. Errors: `group_not_found`, `invalid_name`, `name_taken`, `invalid_request`. */
  async change(
    id: GroupId,
    change: { readonly name?: string | undefined; readonly members?: readonly VmId[] | undefined },
  ): Promise<Group> {
    const present = this.find(id)
    return await this.#put({
      ...present,
      name: change.name === undefined ? present.name : this.#freeName(change.name, id),
      members: [...new Set(change.members ?? present.members)],
      revision: present.revision + 1,
    })
  }

  /** The checkpoints that were taken by it stay with their VMs. */
  async remove(id: GroupId): Promise<void> {
    this.#store.remove(id)
    this.#groups.delete(id)
    await this.#writeCopy()
  }

  /** A VM that was removed leaves its groups. */
  async forget(vmId: VmId): Promise<void> {
    for (const group of this.all()) {
      if (!group.members.includes(vmId)) continue
      await this.change(group.id, { members: group.members.filter((each) => each !== vmId) })
    }
  }

  /**
   * Reads the copy and takes from it what the store does not know better: a group of the store that is newer than its
   * copy, or has none, is kept. Returns what is wrong with the copy.
   */
  async rebuild(): Promise<{ folder: string; message: string }[]> {
    const file = this.#folders.groupsJson
    let copied: Group[] = []
    try {
      // The schema checks every field; what it cannot express are the brands of the ids.
      copied = z.array(groupSchema).parse(JSON.parse(await readFile(file, 'utf8'))) as unknown as Group[]
    } catch (error) {
      if (isMissing(error)) return []
      const message = `The copy of the groups, "${file}", cannot be used: ${messageOf(error)}`
      return [{ folder: this.#folders.home, message }]
    }
    const byId = new Map(copied.map((group) => [group.id, group]))
    for (const group of this.all()) {
      const copy = byId.get(group.id)
      if (!copy || copy.revision < group.revision) byId.set(group.id, group)
    }
    const kept: Group[] = []
    const problems: { folder: string; message: string }[] = []
    for (const group of byId.values()) {
      if (!kept.some(({ name }) => sameName(name, group.name))) kept.push(group)
      else
        problems.push({
          folder: this.#folders.home,
          message: `There are two groups named "${group.name}"; the second one, ${group.id}, was left out.`,
        })
    }
    this.#store.replaceAll(kept)
    this.#reload()
    await this.#writeCopy()
    return problems
  }

  #reload(): void {
    this.#groups.clear()
    for (const group of this.#store.all()) this.#groups.set(group.id, group)
  }

  #freeName(text: string, except: GroupId | null): string {
    const name = checkedName('group', text)
    const taken = this.all().find((group) => sameName(group.name, name) && group.id !== except)
    if (taken) throw new StillpointError('name_taken', `There is a group named "${taken.name}" already.`)
    return name
  }

  async #put(group: Group): Promise<Group> {
    const { max } = limits.groupMembers
    if (group.members.length > max) {
      throw new StillpointError(
        'invalid_request',
        `Group "${group.name}" would have ${group.members.length} VMs; it can have ${max} at most.`,
      )
    }
    this.#store.put(group)
    this.#groups.set(group.id, group)
    await this.#writeCopy()
    return group
  }

  /** One after the other, each with what is true then; one that fails is logged: the store is what counts. */
  #writeCopy(): Promise<void> {
    this.#copy = this.#copy.then(async () => {
      try {
        await writeFileDurably(this.#folders.groupsJson, `${JSON.stringify(this.all(), null, 1)}\n`)
      } catch (error) {
        this.#log.error({ err: error }, 'the copy of the groups could not be written')
      }
    })
    return this.#copy
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
