import { StillpointError } from '../core/error.ts'
import type { LayerId, VmId } from '../core/ids.ts'

/** What somebody reads of a VM outside the VM's turn. */
export interface Needs {
  /** Each with all that it stands on. */
  readonly layers: ReadonlySet<LayerId>
  /** Absolute paths of memory images and other files. */
  readonly files: ReadonlySet<string>
}

interface Lease extends Needs {
  readonly vmId: VmId
  /** Why, in words that follow the name of the VM: `is being exported`. */
  readonly reason: string
}

/**
 * What is being read for long while the VM's turn belongs to others. Until it is given back, a leased layer
 * counts as named: no merge reads or writes it, and it is not unlinked; a leased file is neither unlinked
 * nor are holes punched into it. A VM with leases is not removed.
 *
 * Leases are kept in memory only. What they kept back is on record as needless all the time, so a crash
 * costs nothing: it is removed by the next sweep. They are taken inside the VM's turn, where no merge is under way.
 */
export class Leases {
  readonly #held = new Set<Lease>()

  take(vmId: VmId, reason: string, needs: Needs): Disposable {
    const lease: Lease = { vmId, reason, ...needs }
    this.#held.add(lease)
    return { [Symbol.dispose]: () => void this.#held.delete(lease) }
  }

  layers(vmId: VmId): Set<LayerId> {
    return new Set(this.#of(vmId).flatMap(({ layers }) => [...layers]))
  }

  hasFile(vmId: VmId, file: string): boolean {
    return this.#of(vmId).some(({ files }) => files.has(file))
  }

  /** Error: `vm_state` when anything of the VM is leased. */
  requireNone(vmId: VmId, vmName: string): void {
    const [lease] = this.#of(vmId)
    if (!lease) return
    throw new StillpointError(
      'vm_state',
      `VM "${vmName}" ${lease.reason}; wait for the end of that task, or cancel it first.`,
      { details: { vmId } },
    )
  }

  #of(vmId: VmId): Lease[] {
    return [...this.#held].filter((lease) => lease.vmId === vmId)
  }
}
