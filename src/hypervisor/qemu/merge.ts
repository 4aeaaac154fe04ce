import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { StillpointError } from '../../core/error.ts'
import { formatBytes } from '../../core/units.ts'
import type { Layer } from '../../disk/layer.ts'
import type { MergeRequest } from '../port.ts'
import { closeLayers, openLayerIds } from './block-graph.ts'
import { explaining } from './errors.ts'
import { nodeName } from './nodes.ts'
import { QmpError, type QmpSession } from './qmp/session.ts'

const jobsSchema = z.array(
  z.object({
    id: z.string(),
    status: z.string(),
    'current-progress': z.number(),
    'total-progress': z.number(),
    error: z.string().optional(),
  }),
)
type Job = z.infer<typeof jobsSchema>[number]

/** What a graph needs that differs between a VM's QEMU and a storage daemon. */
export interface MergeGraph {
  readonly session: QmpSession
  /** Node under which `child` is found when it is not the top itself: the layer that the guest writes to. */
  readonly topOf: (childNode: string) => Promise<string>
  /** Stops the guest with all its writes in the images; a no-op where no guest is. */
  readonly standStill: () => Promise<void>
  readonly goOn: () => Promise<void>
  /** Makes what QEMU holds in its own caches of this layer durable. */
  readonly flush: (node: string) => Promise<void>
}

/**
 *   down: below ── lower ◀─commit── child ── …      afterwards  below ── lower ── …
 *   up:   below ── lower ──stream─▶ child ── …      afterwards  below ── child ── …
 *
 * Down into a layer whose child is the top ends in a pivot. Until the pivot the child holds everything,
 * after it the lower layer does; the guest stands still from before `beforePivot` to after `afterPivot`,
 * so whichever of the two is found after a crash, nothing is missing from it.
 */
export async function merge(graph: MergeGraph, request: MergeRequest): Promise<void> {
  const { session } = graph
  const { lower, child, direction, below } = request
  const open = await openLayerIds(session)
  const needless = direction === 'down' ? child.id : lower.id
  if (!open.has(lower.id) && !open.has(child.id)) {
    throw new StillpointError(
      'hypervisor_failed',
      `Neither layer ${lower.id} nor ${child.id} is open for the merge.`,
    )
  }
  const jobId = jobIdOf(lower)
  const finishedBefore = await endLeftOver(session, jobId)
  if (!open.has(needless)) return // an earlier run came to its end and closed the layer
  if (finishedBefore) return await settleGraph(graph, request)
  const what = `Merging layer ${lower.id} ${direction}`
  const childNode = nodeName(child.id)
  const top = await graph.topOf(childNode)
  const start = () =>
    direction === 'down'
      ? session.execute('block-commit', {
          'job-id': jobId,
          device: top,
          ...(top === childNode ? {} : { 'top-node': childNode, 'backing-file': lower.file }),
          'base-node': nodeName(lower.id),
          'auto-dismiss': false,
          speed: request.bytesPerSecond(),
        })
      : session.execute('block-stream', {
          'job-id': jobId,
          device: childNode,
          ...(below ? { 'base-node': nodeName(below.id), 'backing-file': below.file } : {}),
          'auto-dismiss': false,
          speed: request.bytesPerSecond(),
        })
  await explaining(what, start)
  await runJob(graph, request, jobId, top === childNode && direction === 'down')
  await settleGraph(graph, request)
}

const jobIdOf = (lower: Layer) => `merge-${lower.id}`

export async function endMerge(session: QmpSession, lower: Layer): Promise<void> {
  await endLeftOver(session, jobIdOf(lower))
}

/** Makes the result durable before the layer that became needless is let go. */
async function settleGraph(graph: MergeGraph, { direction, lower, child }: MergeRequest): Promise<void> {
  const [kept, needless] = direction === 'down' ? [lower, child] : [child, lower]
  await graph.flush(nodeName(kept.id))
  await closeLayers(graph.session, [needless.id])
}

async function runJob(
  graph: MergeGraph,
  request: MergeRequest,
  jobId: string,
  pivots: boolean,
): Promise<void> {
  const { session } = graph
  const { signal, progress } = request
  const changed = new Wakeup()
  const off = session.on('JOB_STATUS_CHANGE', () => changed.wake())
  const onAbort = () => changed.wake()
  signal.addEventListener('abort', onAbort)
  let speed = request.bytesPerSecond()
  try {
    for (;;) {
      signal.throwIfAborted()
      const job = await jobOf(session, jobId)
      if (job.status === 'running' && speed !== request.bytesPerSecond()) {
        speed = request.bytesPerSecond()
        // A job that has just ended needs no speed.
        await session.execute('block-job-set-speed', { device: jobId, speed }).catch(ignoreRefusal)
      }
      if (job.status === 'concluded') return await dismiss(session, job)
      if (job.status === 'ready' && pivots) return await pivot(graph, request, jobId, changed)
      const percent = (100 * job['current-progress']) / Math.max(1, job['total-progress'])
      progress.report(
        percent,
        `merging, ${formatBytes(job['current-progress'])} of ${formatBytes(job['total-progress'])} looked at`,
      )
      await changed.wait(200)
    }
  } finally {
    off()
    signal.removeEventListener('abort', onAbort)
  }
}

function ignoreRefusal(error: unknown): void {
  if (!(error instanceof QmpError)) throw error
}

/** On an error the guest is left standing: only who has found out which layer it writes to may let it go on. */
async function pivot(
  graph: MergeGraph,
  request: MergeRequest,
  jobId: string,
  changed: Wakeup,
): Promise<void> {
  const { session } = graph
  await graph.standStill()
  request.beforePivot()
  await session.execute('job-complete', { id: jobId })
  for (let job = await jobOf(session, jobId); ; job = await jobOf(session, jobId)) {
    if (job.status === 'concluded') {
      await dismiss(session, job)
      break
    }
    await changed.wait(20)
  }
  request.afterPivot()
  await graph.goOn()
}

async function jobOf(session: QmpSession, jobId: string): Promise<Job> {
  const job = await findJob(session, jobId)
  if (job) return job
  throw new StillpointError('hypervisor_failed', `QEMU no longer knows the merge job "${jobId}".`)
}

async function findJob(session: QmpSession, jobId: string): Promise<Job | undefined> {
  return jobsSchema.parse(await session.execute('query-jobs')).find((job) => job.id === jobId)
}

async function dismiss(session: QmpSession, job: Job): Promise<void> {
  await session.execute('job-dismiss', { id: job.id })
  if (job.error === undefined) return
  const full = /No space left/i.test(job.error)
  throw new StillpointError(
    full ? 'disk_full' : 'hypervisor_failed',
    `The merge stopped: ${job.error}; nothing was lost, it can be tried again.`,
  )
}

/**
 * Cancels and forgets a job of this name, from a cancelled run or an earlier daemon. True when it had
 * come to its end by itself: then the merge is done.
 */
async function endLeftOver(session: QmpSession, jobId: string): Promise<boolean> {
  for (let job = await findJob(session, jobId); job; job = await findJob(session, jobId)) {
    if (job.status === 'concluded') {
      await session.execute('job-dismiss', { id: jobId })
      if (job.error === undefined) return true
      continue
    }
    // A job that ends between the query and this call refuses; the loop asks again.
    await session.execute('block-job-cancel', { device: jobId, force: true }).catch(() => {})
    await sleep(10)
  }
  return false
}

/** Waits for an event or for a time, whichever is first; an event between two waits is not lost. */
class Wakeup {
  #next = Promise.withResolvers<void>()
  wake(): void {
    this.#next.resolve()
  }
  async wait(timeoutMs: number): Promise<void> {
    const timer = setTimeout(() => this.wake(), timeoutMs)
    await this.#next.promise
    clearTimeout(timer)
    this.#next = Promise.withResolvers<void>()
  }
}
