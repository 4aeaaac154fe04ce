import type { DiskId, LayerId, VmId } from '../core/ids.ts'
import type { Progress } from '../core/progress.ts'
import type { Layer } from '../disk/layer.ts'
import type { DiskSlot, Hardware } from '../vm/config.ts'
import type { PowerState } from '../vm/power.ts'

export interface DiskChain {
  readonly slot: DiskSlot
  /** From the base to the layer that is written to. */
  readonly chain: readonly Layer[]
}

export interface LaunchRequest {
  readonly vmId: VmId
  readonly hardware: Hardware
  /** What the generation device shows, if the machine has one: a UUID. */
  readonly generationId: string
  readonly disks: readonly DiskChain[]
  /** A new, empty folder for the sockets of this process; absolute and short (Unix sockets). */
  readonly runFolder: string
  /** Where the vTPM keeps its state; not null exactly when the hardware has one. */
  readonly tpmFolder: string | null
  /** Where the serial console is appended to. */
  readonly consoleLog: string
  /** `boot` runs the guest; `memory` loads what the source gives and leaves the guest paused at its instant. */
  readonly begin: { readonly kind: 'boot' } | { readonly kind: 'memory'; readonly source: MemorySource }
}

/**
 * How memory comes into a new process. `lazy`: devices only, each page when the guest touches it or when its
 * turn comes. `eager`: all of it before the guest can run.
 */
export type MemoryLoadMode = 'lazy' | 'eager'

/** Where a new process gets its memory and devices from. */
export interface MemorySource {
  /** Unix socket on which the process will listen. */
  readonly socketPath: string
  /**
   * The process listens: connect to it, and give it devices and memory. Resolves when the guest could run.
   * `reason` says why it cannot be done lazily.
   */
  load(mode: MemoryLoadMode, reason: string | null): Promise<void>
}

/** How to find a process again after the daemon was restarted. */
export interface ProcessIdentity {
  readonly runFolder: string
  readonly pid: number
  readonly processStart: string
  readonly qemuVersion: string
}

export interface Exit {
  /** The guest shut itself down and every write reached its image. */
  readonly cleanShutdown: boolean
  readonly reason: string
}

export interface DiskSwitch {
  readonly from: Layer
  readonly to: Layer
}

export interface MemoryTarget {
  /** Unix socket on which a receiver listens. */
  readonly socketPath: string
  /** Resolves when the first page of RAM arrived at the receiver. */
  readonly firstPage: Promise<void>
  /** Makes the receiver throw away what still comes. It must go on reading: a stream that breaks hangs the guest. */
  discard(): void
}

export interface SavedState {
  readonly pauseMs: number
  readonly switchMs: number
  readonly capture: 'background' | 'stopped'
  /** Why memory was not saved behind the running guest; null when it was, and for a guest that was paused. */
  readonly captureReason: string | null
}

/** Where VMs that are saved at one instant wait for each other. A wait rejects when one of them failed. */
export interface Meeting {
  /** Nothing is left to be done but to make the guest stand still; resolves when that is so for all. */
  ready(): Promise<void>
  /** The guest stands still, or is frozen; resolves when all do. */
  still(): Promise<void>
  /** The disks are switched; resolves when those of all are. Only then may the guest go on. */
  switched(): Promise<void>
}

export interface SaveRequest {
  readonly memoryMiB: number
  readonly switches: readonly DiskSwitch[]
  readonly target: MemoryTarget
  readonly progress: Progress
  readonly signal: AbortSignal
  /** Called while the guest stands still, after the disks were switched. */
  readonly atInstant?: () => Promise<void>
  /** The guest is paused and has been discarded: it must not run again, not even for a moment. */
  readonly isDiscarded?: boolean
  /** Called when disks are switched and the guest goes on; memory may still be on its way. */
  readonly onSwitched: (switched: { pauseMs: number; switchMs: number }) => void
  /** With others, at one instant. */
  readonly meeting?: Meeting | undefined
}

export interface MergeRequest {
  readonly direction: 'down' | 'up'
  readonly lower: Layer
  readonly child: Layer
  /** The layer under `lower`; null when `lower` is a base. */
  readonly below: Layer | null
  /** The child is written to by a running guest. */
  readonly childIsActive: boolean
  /** The most that is copied in a second, in bytes; 0: as fast as it goes. Asked again while the merge runs. */
  bytesPerSecond(): number
  readonly progress: Progress
  readonly signal: AbortSignal
  /** The guest stands still and both layers are equal: record that, the pivot comes next. */
  readonly beforePivot: () => void
  /** The pivot is done and the guest still stands: record the new active layer. */
  readonly afterPivot: () => void
}

/** What a display shows. */
export interface Picture {
  readonly widthPx: number
  readonly heightPx: number
  /** Three bytes a pixel (red, green, blue), row by row from the top. */
  readonly rgb: Uint8Array
}

/** A process that has a chain open and can merge within it: a running VM, or a storage daemon for one that is off. */
export interface MergeHost {
  /**
   * Folds or copies, and returns when the data is durable and the chain no longer holds the layer that
   * became needless. Whatever happens on the way, the view of every layer from `child` up stays the same.
   * Errors: `cancelled` from the signal; `hypervisor_failed`; `hypervisor_gone`.
   */
  merge(request: MergeRequest): Promise<void>
  /** Waits until no job of the merge into or out of `lower` is left, cancelling one that still runs. */
  endMerge(lower: Layer): Promise<void>
}

/** What a process has used of its host. */
export interface ProcessUsage {
  /** Of processors, since its start. */
  readonly cpuMs: number
  /** That it holds now. */
  readonly memoryBytes: number
}

/** A QEMU process of a VM, connected. After `exited`, every call fails with `hypervisor_gone`. */
export interface Instance extends MergeHost {
  readonly identity: ProcessIdentity
  readonly agentSocket: string
  /** Resolves when the process is gone. */
  readonly exited: Promise<Exit>
  /** Resolves when the monitor cannot be talked to any more, though the process lives; never after `disconnect`. */
  readonly disconnected: Promise<void>
  powerState(): Promise<PowerState>
  pause(): Promise<void>
  resume(): Promise<void>
  /** Presses the power button. */
  requestShutdown(): Promise<void>
  /** Ends the process at once and returns when it is gone. */
  kill(): Promise<void>
  /** Lets the daemon end without ending the process. */
  disconnect(): void

  /** Per disk, the layer that the guest writes to. */
  activeLayers(): Promise<Map<DiskId, LayerId>>
  /** Every layer that the process has open, in a chain or beside one. */
  openLayerIds(): Promise<Set<LayerId>>
  /** Opens new, empty layers beside the chains, ready to be switched to. */
  openLayers(layers: readonly Layer[]): Promise<void>
  /** Closes layers that are in no chain; those that are not open are ignored. */
  closeLayers(layerIds: readonly LayerId[]): Promise<void>
  /** Makes the disk that the guest writes to `layer` larger; the guest is told. */
  growLayer(layer: Layer, sizeBytes: number): Promise<void>
  /** Switches all disks in one transaction, or none. Returns its duration in ms. */
  switchDisks(switches: readonly DiskSwitch[]): Promise<number>
  /** Switches all disks and saves memory and devices, all of the same instant. */
  saveState(request: SaveRequest): Promise<SavedState>
  /** Whether something in the guest listens on the agent's channel. */
  hasAgent(): Promise<boolean>
  /** Tells the network where the guest's cards are now. */
  announce(): Promise<void>

  /** Null when the process has ended. */
  usage(): ProcessUsage | null
  /** The display as it is now. Errors: `hypervisor_failed`, `timeout`, `disk_full`, `io_error`. */
  picture(): Promise<Picture>

  /** Whether pages of a lazy load are outstanding. */
  isLoadingMemory(): Promise<boolean>
  /**
   * The connection over which pages came is broken: listens for a new one on `socketPath`. Works also while
   * the whole process waits for a page.
   */
  awaitMemorySource(socketPath: string, signal: AbortSignal): Promise<void>
  /** All pages of a lazy load are there. */
  memoryIsResident(memoryMiB: number): void
}

export interface Hypervisor {
  readonly version: string
  readonly accelerator: 'kvm' | 'tcg'
  /** What new VMs get; a versioned machine type, never an alias. */
  readonly machineType: string
  readonly cpuModel: string
  /**
   * Errors: `hypervisor_failed` with the end of QEMU's own log; `hypervisor_unavailable` where a program or the firmware
   * is not installed; `vm_broken` when the state of the vTPM is missing. Nothing is left running.
   */
  launch(request: LaunchRequest, signal: AbortSignal): Promise<Instance>
  /** Connects to a process that an earlier daemon started; null when it is gone. */
  attach(identity: ProcessIdentity, signal: AbortSignal): Promise<Instance | null>
  /** The process stands still until a page of its guest's memory comes. */
  waitsForMemory(identity: ProcessIdentity): boolean
  /** Opens the chain of a VM that is off for merging; `close` ends the process. */
  openMergeHost(
    chain: readonly Layer[],
    runFolder: string,
    signal: AbortSignal,
  ): Promise<MergeHost & { close(): Promise<void> }>
  /** What new processes can use without others being swapped out or killed. */
  availableMemoryMiB(): Promise<number>
  /** Kills our processes whose command line names a folder under `folder`, but for `keepPids` and what serves them. Returns the pids. */
  endStrays(folder: string, keepPids: ReadonlySet<number>): Promise<number[]>
}
