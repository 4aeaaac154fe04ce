import { mkdir, rm } from 'node:fs/promises'
import { withDeadline } from '../../core/deadline.ts'
import { isStillpointError } from '../../core/error.ts'
import type { Layer } from '../../disk/layer.ts'
import type { MergeHost } from '../port.ts'
import { connectMonitor } from './connect.ts'
import { endMerge, merge } from './merge.ts'
import { chainOptions } from './nodes.ts'
import { killProcess, spawnDetached } from './process.ts'

const startTimeoutMs = 12_000
const closeTimeoutMs = 60_000

/**
 * A storage daemon with one chain open, for merges while the VM is off: the same jobs as in a running
 * VM. Errors: `hypervisor_failed` with the end of its log.
 */
export async function openStorageDaemon(
  program: string,
  chain: readonly Layer[],
  runFolder: string,
  signal: AbortSignal,
  attempts = 3,
): Promise<MergeHost & { close(): Promise<void> }> {
  await mkdir(runFolder, { recursive: true, mode: 0o700 })
  const socketPath = `${runFolder}/merge.sock`
  const args = [
    ...chainOptions(chain).flatMap((options) => ['--blockdev', JSON.stringify(options)]),
    ...['--chardev', `socket,id=qmp,path=${socketPath.replaceAll(',', ',,')},server=on,wait=off`],
    ...['--monitor', 'chardev=qmp'],
  ]
  const logFile = `${runFolder}/merge.log`
  const spawned = await spawnDetached(program, args, logFile)
  const close = async () => {
    await killProcess(spawned)
    await rm(runFolder, { recursive: true, force: true })
  }
  try {
    const { session } = await connectMonitor(socketPath, spawned, logFile, signal, startTimeoutMs)
    const noGuest = async () => {}
    const flushedBy = async () => {}
    return {
      endMerge: (lower) => endMerge(session, lower),
      merge: (request) =>
        merge(
          {
            session,
            topOf: async (childNode) => childNode,
            standStill: noGuest,
            goOn: noGuest,
            flush: flushedBy,
          },
          request,
        ),
      close: async () => {
        // Closing the nodes writes what it still holds; a daemon that no longer answers is killed.
        await session.execute('quit').catch(() => {})
        await withDeadline(session.closed, {
          timeoutMs: closeTimeoutMs,
          what: 'The end of the storage daemon',
        }).catch(() => {})
        await close()
      },
    }
  } catch (error) {
    await close()
    if (attempts > 1 && isStillpointError(error, 'timeout')) {
      return await openStorageDaemon(program, chain, runFolder, signal, attempts - 1)
    }
    throw error
  }
}
