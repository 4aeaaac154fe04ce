import type { VmView } from '../../contract/vm.ts'
import { GIB } from '../../core/units.ts'
import { vmRow } from './examples.ts'

/** A VM as the daemon shows it, for tests. */
export function vmView(change: Partial<VmView> = {}): VmView {
  return {
    ...vmRow({ tags: ['web'] }),
    createdAt: '2026-11-01T08:00:00.000Z',
    memoryBacking: 'normal',
    firmware: 'uefi',
    network: 'user',
    tpm: 'none',
    generationDevice: true,
    generationId: '6a1f0b8e-1f0c-4f4e-9a52-0c8f6f1f8d11',
    lastApply: null,
    machineType: 'pc-q35-7.2',
    settings: {
      checkpointPolicy: 'Production',
      syncClockAfterApply: true,
      freezeBudgetMs: 2000,
      automaticCheckpoints: false,
      checkpointLocation: null,
      undoHours: 24,
      maxCheckpoints: null,
      maxCheckpointAgeDays: null,
      maxCheckpointBytes: null,
      mergeBandwidthMiBps: null,
      mergeQuietHours: null,
      guards: {},
    },
    disks: [
      {
        id: 'disk0',
        role: 'data',
        file: '/var/lib/stillpoint/vms/a1/layers/l1.qcow2',
        format: 'qcow2',
        virtualSizeBytes: 20 * GIB,
        allocatedBytes: 3 * GIB,
        layers: 2,
        linked: false,
      },
    ],
    undo: null,
    nowParentId: null,
    keptMemoryBytes: 0,
    memoryResidentPercent: null,
    folder: '/var/lib/stillpoint/vms/a1',
    consoleLog: null,
    vncSocket: null,
    refusals: {},
    ...change,
  }
}
