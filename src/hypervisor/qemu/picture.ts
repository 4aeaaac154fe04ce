import { readFile } from 'node:fs/promises'
import { asStorageError, removeFile } from '../../core/durable-file.ts'
import { StillpointError } from '../../core/error.ts'
import type { Picture } from '../port.ts'
import { explaining } from './errors.ts'
import type { QmpSession } from './qmp/session.ts'

const timeoutMs = 3000

/**
 * Lets QEMU write its display into the run folder. PPM, because the guest stands still while QEMU writes: PNG, which it
 * has since 7.1, takes several times as long.
 */
export async function takePicture(session: QmpSession, runFolder: string): Promise<Picture> {
  const filename = `${runFolder}/screen.ppm`
  try {
    await explaining('Taking a picture of the display', () =>
      session.execute('screendump', { filename }, { timeoutMs }),
    )
    return parsePpm(await readFile(filename))
  } catch (error) {
    throw asStorageError(error, `The picture of the display, "${filename}", cannot be read`)
  } finally {
    await removeFile(filename).catch(() => {}) // the next one replaces it; the folder goes with the process
  }
}

/** A binary PPM (netpbm's ppm(5)) with 8 bits a colour, as QEMU writes it. */
export function parsePpm(file: Buffer): Picture {
  const [header, width, height] = /^P6\s+(\d+)\s+(\d+)\s+255\s/.exec(file.toString('latin1', 0, 64)) ?? []
  const [widthPx, heightPx] = [Number(width), Number(height)]
  const rgb = file.subarray(header?.length ?? 0)
  if (header === undefined || rgb.length !== widthPx * heightPx * 3) {
    throw new StillpointError('hypervisor_failed', 'The picture of the display that QEMU took is not whole.')
  }
  return { widthPx, heightPx, rgb }
}
