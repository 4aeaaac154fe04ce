import { checkpointView } from '../../../test/fixtures/views.ts'
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
  return checkpointView({
    id: 'c1',
    vmId: 'a1',
    name: 'Before the patch',
    createdAt: '2026-11-20T08:17:35.000Z',
    isNowParent: true,
    memoryMiB: 1024,
    cpus: 2,
    diskBytes: 12_582_912,
    ...change,
  })
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
