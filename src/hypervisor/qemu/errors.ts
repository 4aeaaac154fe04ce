import { StillpointError } from '../../core/error.ts'
import { QmpError } from './qmp/session.ts'

/** QEMU's refusal as an error of ours that says what was attempted; our own errors pass through. */
export function asHypervisorError(error: unknown, what: string): unknown {
  if (!(error instanceof QmpError)) return error
  const text = error.message
  if (/No space left on device/i.test(text)) {
    return new StillpointError(
      'disk_full',
      `${what} failed: the file system is full; free some space and try again.`,
      { cause: error },
    )
  }
  if (/Failed to get .*lock|Is another process using the image/i.test(text)) {
    return new StillpointError('image_in_use', `${what} failed: another process uses the image (${text}).`, {
      cause: error,
    })
  }
  return new StillpointError('hypervisor_failed', `${what} failed: QEMU refused ${error.command}: ${text}`, {
    details: { command: error.command, qmpClass: error.qmpClass },
    cause: error,
  })
}

/** Runs `body` and gives QEMU's refusals the words of `what`. */
export async function explaining<T>(what: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body()
  } catch (error) {
    throw asHypervisorError(error, what)
  }
}
