import { existsSync } from 'node:fs'
import { pollUntil } from '../../core/deadline.ts'
import { isStillpointError, StillpointError } from '../../core/error.ts'
import { killProcess, logTail, type Spawned, spawnDetached, tpmProcessesAt } from './process.ts'

const startTimeoutMs = 30_000

/**
 * Starts the emulator of a vTPM for one QEMU, which connects to `tpm.sock` in its run folder. The emulator ends when QEMU
 * lets go of it, and outlives the daemon as QEMU does. What is in `stateFolder` is the TPM; a blank one is made where
 * nothing is. Errors: `hypervisor_unavailable` without swtpm; `vm_broken` when the folder is missing; `hypervisor_failed`.
 */
export async function startTpm(
  stateFolder: string,
  runFolder: string,
  signal: AbortSignal,
): Promise<Spawned> {
  if (`${stateFolder}${runFolder}`.includes(',')) {
    throw new StillpointError(
      'invalid_request',
      `The emulator of TPMs cannot be told a path with a comma, as in "${stateFolder}"; move the home folder.`,
    )
  }
  // Without its state, a TPM would silently be a new one, and everything sealed by the old one lost.
  if (!existsSync(stateFolder))
    throw new StillpointError('vm_broken', `The state of the TPM, "${stateFolder}", is missing. Put it back.`)
  // One whose QEMU has just ended may take a moment to end, too; two must never write to one state.
  for (const each of tpmProcessesAt(stateFolder)) await killProcess(each)
  const socketPath = `${runFolder}/tpm.sock`
  const logFile = `${runFolder}/tpm.log`
  const args = [
    ...['socket', '--tpm2', '--terminate'],
    ...['--tpmstate', `dir=${stateFolder},mode=0600`],
    ...['--ctrl', `type=unixio,path=${socketPath},mode=0600`],
  ]
  const spawned = await spawnDetached('swtpm', args, logFile).catch((error) => {
    if (!isStillpointError(error)) throw error
    throw new StillpointError(
      error.code,
      `${error.message} It emulates the TPM; on Debian: apt install swtpm.`,
      {
        cause: error,
      },
    )
  })
  try {
    await pollUntil(
      () => {
        const ended = spawned.ended()
        if (ended === undefined) return existsSync(socketPath) ? true : undefined
        throw new StillpointError(
          'hypervisor_failed',
          `The emulator of the TPM did not start (${ended}); its log: ${logTail(logFile)}`,
        )
      },
      { timeoutMs: startTimeoutMs, everyMs: 2, what: 'The start of the emulator of the TPM', signal },
    )
    return spawned
  } catch (error) {
    await killProcess(spawned)
    throw error
  }
}
