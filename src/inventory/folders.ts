import { join } from 'node:path'
import type { CheckpointId, DiskId, LayerId, VmId } from '../core/ids.ts'
import type { ImageFormat } from '../disk/layer.ts'

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

  layer(vmId: VmId, diskId: DiskId, layerId: LayerId, format: ImageFormat = 'qcow2'): string {
    return join(this.layers(vmId), `${diskId}-${layerId}.${format}`)
  }

  memory(vmId: VmId): string {
    return join(this.vm(vmId), 'memory')
  }

  memoryImage(vmId: VmId, checkpointId: CheckpointId): string {
    return join(this.memory(vmId), `${checkpointId}.spm`)
  }

  /** Pages of memory that the VM's guests touched first when they were restored. */
  touchedPages(vmId: VmId): string {
    return join(this.vm(vmId), 'touched-pages.json')
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
