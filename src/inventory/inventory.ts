import { StillpointError } from '../core/error.ts'
import type { EventBus } from '../core/event-bus.ts'
import type { JournalId, VmId } from '../core/ids.ts'
import type { Log } from '../core/log.ts'
import { nameKey } from '../vm/name.ts'
import { CopyQueue } from './copies.ts'
import type { VmDocument } from './document.ts'
import type { Folders } from './folders.ts'
import { checkDocument } from './invariants.ts'
import type { InventoryStore } from './store-port.ts'
import { holdsDocument, writeVmJson } from './vm-json.ts'

const copyRetryMs = 30_000
const inOrderOfNames = new Intl.Collator().compare

/**
 * The VMs of this host. A change is in force once the store has it; the copy in the VM's folder follows,
 * and is brought up to date at the next start if a crash came between.
 */
export class Inventory {
  readonly store: InventoryStore
  readonly #folders: Folders
  readonly #events: EventBus
  readonly #log: Log
  readonly #documents = new Map<VmId, VmDocument>()
  readonly #byName = new Map<string, VmId>()
  /** All ids in the order of their names; null when it has to be made again. */
  #order: VmId[] | null = null
  readonly #copies = new CopyQueue((vmId) => this.#write(vmId))

  constructor(store: InventoryStore, folders: Folders, events: EventBus, log: Log) {
    this.store = store
    this.#folders = folders
    this.#events = events
    this.#log = log
    this.reload()
  }

  /** Takes what the store has; after the store was rebuilt. */
  reload(): void {
    this.#documents.clear()
    this.#byName.clear()
    this.#order = null
    for (const document of this.store.all()) this.#take(document)
  }

  /** In the order of their names. */
  all(): VmDocument[] {
    this.#order ??= [...this.#documents.values()]
      .sort((a, b) => inOrderOfNames(a.name, b.name))
      .map(({ id }) => id)
    return this.#order.map((id) => this.get(id))
  }

  get size(): number {
    return this.#documents.size
  }

  /** Error: `vm_not_found`. */
  get(vmId: VmId): VmDocument {
    const document = this.#documents.get(vmId)
    if (!document) throw new StillpointError('vm_not_found', `There is no VM with the id "${vmId}" any more.`)
    return document
  }

  has(vmId: VmId): boolean {
    return this.#documents.has(vmId)
  }

  /** By id, or by name without regard to case. Error: `vm_not_found`. */
  find(nameOrId: string): VmDocument {
    const byId = this.#documents.get(nameOrId as VmId) // any text may be asked for
    const found = byId ?? this.named(nameOrId.trim())
    if (found) return found
    const names = this.all()
      .slice(0, 5)
      .map(({ name }) => `"${name}"`)
    const known =
      names.length === 0
        ? 'there are no VMs yet'
        : `there are ${names.join(', ')}${this.#documents.size > 5 ? '…' : ''}`
    throw new StillpointError('vm_not_found', `There is no VM "${nameOrId}"; ${known}.`)
  }

  /** The VM with this name, without regard to case. */
  named(name: string): VmDocument | null {
    const id = this.#byName.get(nameKey(name))
    return (id && this.#documents.get(id)) ?? null
  }

  /**
   * Puts what `edit` makes of the present document in its place, with the next revision, and in the same
   * transaction closes a journal entry. Taking the document as it is now, not as somebody read it before he waited
   * for something, is what keeps two changes from undoing each other. In force on return; `settled` waits
   * for the copy in the VM's folder.
   */
  changeNow(
    vmId: VmId,
    edit: (document: VmDocument) => VmDocument,
    options: { closes?: JournalId } = {},
  ): VmDocument {
    return this.#put(edit(this.get(vmId)), options)
  }

  /** As `changeNow`, and waits for the copy. */
  async change(
    vmId: VmId,
    edit: (document: VmDocument) => VmDocument,
    options: { closes?: JournalId } = {},
  ): Promise<VmDocument> {
    const next = this.changeNow(vmId, edit, options)
    await this.settled(vmId)
    return next
  }

  /**
   * As `changeNow` for several VMs, in one transaction. Copies in their folders follow; `settled` waits for each.
   */
  changeAllNow(
    vmIds: readonly VmId[],
    edit: (document: VmDocument) => VmDocument,
    options: { closes?: readonly JournalId[] } = {},
  ): VmDocument[] {
    return this.#putAll(
      vmIds.map((vmId) => edit(this.get(vmId))),
      options.closes ?? [],
    )
  }

  /** A new VM. Errors: `name_taken`. */
  async add(document: VmDocument): Promise<VmDocument> {
    const next = this.#put(document, {})
    await this.settled(next.id)
    return next
  }

  #put(document: VmDocument, { closes }: { closes?: JournalId }): VmDocument {
    const [next] = this.#putAll([document], closes ? [closes] : [])
    return next ?? document // there is one
  }

  #putAll(documents: readonly VmDocument[], closes: readonly JournalId[]): VmDocument[] {
    const next = documents.map((document) => ({
      ...document,
      revision: (this.#documents.get(document.id)?.revision ?? 0) + 1,
    }))
    for (const each of next) checkDocument(each)
    this.store.putAll(next, { closes })
    for (const each of next) this.#take(each)
    for (const each of next) {
      this.#copies.request(each.id)
      this.#events.publish({ type: 'vm.changed', vmId: each.id })
    }
    return next
  }

  #take(document: VmDocument): void {
    const before = this.#documents.get(document.id)
    if (before?.name !== document.name) {
      if (before) this.#forgetName(before)
      this.#order = null
    }
    this.#byName.set(nameKey(document.name), document.id)
    this.#documents.set(document.id, document)
  }

  #forgetName({ id, name }: VmDocument): void {
    const key = nameKey(name)
    if (this.#byName.get(key) === id) this.#byName.delete(key)
  }

  /**
   * Waits until the copy in the VM's folder is the present document, or could not be written. That is logged and
   * tried again, and is no failure of the change: the store has it, and is what counts.
   */
  async settled(vmId: VmId): Promise<void> {
    await this.#copies.settled(vmId)
  }

  /** As `settled`, for every VM. */
  async allSettled(): Promise<void> {
    await this.#copies.allSettled()
  }

  /** Writes the copy again unless it is the present document. */
  async refreshCopy(vmId: VmId): Promise<void> {
    if (await holdsDocument(this.#folders.vmJson(vmId), this.get(vmId))) return
    this.#copies.request(vmId)
    await this.settled(vmId)
  }

  /** Resolves when nobody writes into the folder of the VM any more. */
  async remove(vmId: VmId): Promise<void> {
    this.store.remove(vmId)
    const before = this.#documents.get(vmId)
    this.#documents.delete(vmId)
    if (before) this.#forgetName(before)
    this.#order = null
    this.#copies.forget(vmId)
    this.#events.publish({ type: 'vm.removed', vmId })
    await this.settled(vmId)
  }

  async #write(vmId: VmId): Promise<void> {
    const document = this.#documents.get(vmId)
    if (!document) return
    try {
      await writeVmJson(this.#folders.vmJson(vmId), document)
    } catch (error) {
      this.#log.error(
        { err: error, vmId },
        'the copy of a record in the folder of its VM could not be written',
      )
      setTimeout(() => this.#copies.request(vmId), copyRetryMs).unref()
    }
  }
}
