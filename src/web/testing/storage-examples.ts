import type { VolumeView } from '../../contract/storage.ts'
import { GIB, MIB } from '../../core/units.ts'
import type { VmStorage } from '../storage/figures.ts'

/** Views as the daemon sends them, for tests. */
export function volume(change: Partial<VolumeView> = {}): VolumeView {
  return {
    mountPoint: '/var/lib/stillpoint',
    sizeBytes: 100 * GIB,
    freeBytes: 40 * GIB,
    vmBytes: 50 * GIB,
    growthBytesPerHour: null,
    fullAt: null,
    level: 'ok',
    vms: [],
    ...change,
  }
}

type Checkpoint = VmStorage['checkpoints'][number]

export function vmStorage(
  change: Partial<Omit<VmStorage, 'checkpoints'>> & { checkpoints?: Partial<Checkpoint>[] } = {},
): VmStorage {
  const { checkpoints = [], ...rest } = change
  return {
    vmId: 'a1',
    name: 'web01',
    baseBytes: 10 * GIB,
    layerBytes: 2 * GIB,
    memoryBytes: 512 * MIB,
    growthBytesPerHour: null,
    ...rest,
    checkpoints: checkpoints.map((checkpoint, index) => ({
      id: `c${index}`,
      name: `Checkpoint ${index}`,
      createdAt: '2026-11-20T08:17:35.000Z',
      diskBytes: 12 * MIB,
      memoryBytes: null,
      pauseMs: null,
      frozenMs: null,
      ...checkpoint,
    })),
  }
}
