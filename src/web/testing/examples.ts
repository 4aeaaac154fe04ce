import type { CheckpointView } from '../../contract/checkpoint.ts'
import type { TaskView } from '../../contract/task.ts'
import type { VmRow } from '../../contract/vm.ts'

/** Views as the daemon sends them, for tests; a test names what it is about. */
export function vmRow(change: Partial<VmRow> = {}): VmRow {
  return {
    id: 'a1',
    name: 'web01',
    state: 'running',
    brokenReason: null,
    status: null,
    startedAt: '2026-11-20T08:00:00.000Z',
    memoryMiB: 1024,
    cpus: 2,
    display: 'none',
    tags: [],
    checkpointCount: 0,
    waitingMerges: 0,
    ...change,
  }
}

export function checkpoint(change: Partial<CheckpointView> = {}): CheckpointView {
  return {
    id: 'c1',
    vmId: 'a1',
    parentId: null,
    name: 'Before the patch',
    notes: '',
    kind: 'production',
    createdAt: '2026-11-20T08:17:35.000Z',
    isNowParent: true,
    memoryMiB: 1024,
    cpus: 2,
    disks: ['disk0'],
    diskBytes: 12_582_912,
    memoryBytes: null,
    automatic: false,
    expiresAt: null,
    group: null,
    record: {
      policy: 'Production',
      consistency: 'file-system',
      fallbackReason: null,
      captureReason: null,
      frozenMs: 82.4,
      pauseMs: 1.2,
      switchMs: 1.1,
      agentVersion: '7.2.0',
      frozenFileSystems: 1,
      qemuVersion: '7.2.0',
      applications: [],
      guards: [],
    },
    ...change,
  } as CheckpointView // its record's schema is looser
}

export function task(change: Partial<TaskView> = {}): TaskView {
  return {
    id: 't1',
    kind: 'checkpoint.create',
    vmId: 'a1',
    vmName: 'web01',
    title: 'Creating Checkpoint',
    state: 'running',
    percent: 9,
    message: 'saving memory',
    log: [],
    createdAt: '2026-11-20T08:17:35.000Z',
    startedAt: '2026-11-20T08:17:35.000Z',
    endedAt: null,
    result: null,
    error: null,
    ...change,
  }
}
