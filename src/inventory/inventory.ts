import { StillpointError } from '../core/error.ts'
import type { EventBus } from '../core/event-bus.ts'
import type { JournalId, VmId } from '../core/ids.ts'
import type { Log } from '../core/log.ts'
import { sameName } from '../vm/name.ts'
import type { VmDocument } from './document.ts'
import type { Folders } from './folders.ts'
import { checkDocument } from './invariants.ts'
import type { InventoryStore } from './store-port.ts'
import { writeVmJson } from './vm-json.ts'

const copyRetryMs = 30_000

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
  readonly #copies = new Map<VmId, Promise<void>>()

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
    for (const document of this.store.all()) this.#documents.set(document.id, document)
  }

  all(): VmDocument[] {
    return [...this.#documents.values()].sort((a, b) => a.name.localeCompare(b.name))
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
    const found = byId ?? this.all().find((document) => sameName(document.name, nameOrId.trim()))
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
    for (const each of next) this.#documents.set(each.id, each)
    for (const each of next) {
      this.#copy(each)
      this.#events.publish({ type: 'vm.changed', vmId: each.id })
    }
    return next
  }

  /**
   * Waits until the copy in the VM's folder is the present document, or could not be written. That is logged and
   * tried again, and is no failure of the change: the store has it, and is what counts.
   */
  async settled(vmId: VmId): Promise<void> {
    await this.#copies.get(vmId)
  }

  /** Writes the copy again, whatever it holds now. */
  refreshCopy(vmId: VmId): Promise<void> {
    this.#copy(this.get(vmId))
    return this.settled(vmId)
  }

  remove(vmId: VmId): void {
    this.store.remove(vmId)
    this.#documents.delete(vmId)
    this.#copies.delete(vmId)
    this.#events.publish({ type: 'vm.removed', vmId })
  }

  #copy({ id }: VmDocument): void {
    const before = this.#copies.get(id) ?? Promise.resolve()
    this.#copies.set(
      id,
      before.then(async () => {
        const present = this.#documents.get(id)
        if (present) await this.#write(present)
      }),
    )
  }

  async #write(document: VmDocument): Promise<void> {
    try {
      await writeVmJson(this.#folders.vmJson(document.id), document)
    } catch (error) {
      this.#log.error(
        { err: error, vmId: document.id },
        'the copy of a record in the folder of its VM could not be written',
      )
      setTimeout(() => this.#copy(document), copyRetryMs).unref()
    }
  }
}
