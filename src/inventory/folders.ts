import { join, resolve } from 'node:path'
import type { CheckpointId, DiskId, LayerId, VmId } from '../core/ids.ts'
import type { ImageFormat } from '../disk/layer.ts'
import type { Settings } from '../vm/settings.ts'

/** What decides where the files of a VM's checkpoints lie. */
export interface Placed {
  readonly id: VmId
  readonly settings: Pick<Settings, 'checkpointLocation'>
}

/** Where the files of a home folder lie; `docs/formats/home-folder.md` describes them. */
export class Folders {
  readonly home: string

  constructor(home: string) {
    this.home = home
  }

  /** Copy of the groups. */
  get groupsJson(): string {
    return join(this.home, 'groups.json')
  }

  get vms(): string {
    return join(this.home, 'vms')
  }

  vm(vmId: VmId): string {
    return join(this.vms, vmId)
  }

  vmJson(vmId: VmId): string {
    return join(this.vm(vmId), 'vm.json')
  }

  layers(vmId: VmId): string {
    return join(this.vm(vmId), 'layers')
  }

  /** A disk of the VM itself. */
  layer(vmId: VmId, diskId: DiskId, layerId: LayerId, format: ImageFormat = 'qcow2'): string {
    return join(this.layers(vmId), `${diskId}-${layerId}.${format}`)
  }

  memory(vmId: VmId): string {
    return join(this.vm(vmId), 'memory')
  }

  /** The VM's own folder in a checkpoint location. */
  inLocation(location: string, vmId: VmId): string {
    return join(location, vmId)
  }

  /** Where differencing disks and saved states lie: in the VM's folder, or in its folder at the checkpoint location. */
  ofCheckpoints({ id, settings: { checkpointLocation } }: Placed): string {
    return checkpointLocation === null ? this.vm(id) : this.inLocation(checkpointLocation, id)
  }

  differencingLayer(vm: Placed, diskId: DiskId, layerId: LayerId): string {
    return join(this.ofCheckpoints(vm), 'layers', `${diskId}-${layerId}.qcow2`)
  }

  memoryImage(vm: Placed, checkpointId: CheckpointId): string {
    return join(this.ofCheckpoints(vm), 'memory', `${checkpointId}.spm`)
  }

  /** Whether a file lies in the VM's folder. */
  isInVm(vmId: VmId, file: string): boolean {
    return isWithin(this.vm(vmId), file)
  }

  tpm(vmId: VmId): string {
    return join(this.vm(vmId), 'tpm')
  }

  /** A folder in which a vTPM keeps its state. */
  newTpm(vmId: VmId, uniqueId: string): string {
    return join(this.tpm(vmId), uniqueId)
  }

  /** What a checkpoint holds of the vTPM. */
  tpmState(vm: Placed, checkpointId: CheckpointId): string {
    return join(this.ofCheckpoints(vm), 'tpm', `${checkpointId}.permall`)
  }

  /** Where files are moved to that no record names. */
  quarantine(vmId: VmId): string {
    return join(this.vm(vmId), 'quarantine')
  }

  /** Pages of memory that the VM's guests touched first when they were restored. */
  touchedPages(vmId: VmId): string {
    return join(this.vm(vmId), 'touched-pages.json')
  }

  /** What the guest said last of what it is. */
  roles(vmId: VmId): string {
    return join(this.vm(vmId), 'roles.json')
  }

  consoleLog(vmId: VmId): string {
    return join(this.vm(vmId), 'console.log')
  }

  run(vmId: VmId): string {
    return join(this.vm(vmId), 'run')
  }

  /** A folder for the sockets of one process. */
  newRun(vmId: VmId, uniqueId: string): string {
    return join(this.run(vmId), uniqueId.slice(0, 6))
  }
}

/** Whether `path` lies somewhere below `folder`. */
export function isWithin(folder: string, path: string): boolean {
  return resolve(path).startsWith(`${resolve(folder)}/`)
}
