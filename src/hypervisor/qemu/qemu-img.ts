import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type ExecaError, execa } from 'execa'
import { z } from 'zod'
import { syncPath } from '../../core/durable-file.ts'
import { StillpointError } from '../../core/error.ts'
import type { Progress } from '../../core/progress.ts'
import type { ImageTool } from '../../disk/image-port.ts'
import type { ImageFormat } from '../../disk/layer.ts'

const timeoutMs = 60_000

/** The image tool that comes with QEMU. Formats are always named, and no header decides what is opened. */
export function createQemuImg(program: string): ImageTool {
  const run = async (
    what: string,
    args: string[],
    options: { timeout?: number; cancelSignal?: AbortSignal; onLine?: (line: string) => void } = {},
  ) => {
    try {
      const running = execa(program, args, {
        timeout: options.timeout ?? timeoutMs,
        ...(options.cancelSignal ? { cancelSignal: options.cancelSignal } : {}),
        stdin: 'ignore',
        cwd: '/',
      })
      if (options.onLine) {
        running.stdout?.on('data', (chunk: Buffer) => options.onLine?.(chunk.toString('latin1')))
      }
      return await running
    } catch (error) {
      options.cancelSignal?.throwIfAborted()
      throw translated(error as ExecaError, what) // execa rejects with nothing else
    }
  }

  const convert = async (images: readonly Image[], file: string, progress: Progress, signal: AbortSignal) => {
    const args = ['convert', '-p', '-O', 'qcow2', chainOf(images), file]
    const onLine = (line: string) => {
      const percent = /\((\d+(?:\.\d+)?)\/100%\)/.exec(line)
      if (percent) progress.report(Number(percent[1]), 'copying the disk')
    }
    try {
      await run(`Copying the disk image "${images.at(-1)?.path}"`, args, {
        timeout: 0,
        cancelSignal: signal,
        onLine,
      })
      await syncPath(file)
      await syncPath(dirname(file))
    } catch (error) {
      await rm(file, { force: true })
      throw error
    }
  }

  return {
    async create({ file, virtualSizeBytes }, backing) {
      // -u: the parent is not opened, so that the cost does not grow with the depth of the chain.
      const over = backing ? ['-u', '-b', backing.file, '-F', backing.format] : []
      const args = [
        'create',
        '-q',
        '-f',
        'qcow2',
        '-o',
        'lazy_refcounts=off',
        ...over,
        file,
        String(virtualSizeBytes),
      ]
      try {
        await run(`Creating the differencing disk "${file}"`, args)
        await syncPath(file)
        await syncPath(dirname(file))
      } catch (error) {
        await rm(file, { force: true })
        throw error
      }
    },

    async copy(source, file, progress, signal) {
      const images = source.backing ? [source.backing, source] : [source]
      await convert(images, file, progress, signal)
    },

    async flatten(chain, file, progress, signal) {
      const images = chain.map((layer) => ({ path: layer.file, format: layer.format }))
      await convert(images, file, progress, signal)
    },

    async flattenedBytes(chain, signal) {
      const images = chain.map((layer) => ({ path: layer.file, format: layer.format }))
      const args = ['measure', '--output=json', '-O', 'qcow2', chainOf(images)]
      const what = `Measuring the disk image "${images.at(-1)?.path}"`
      const { stdout } = await run(what, args, { timeout: 0, cancelSignal: signal })
      return measureSchema.parse(JSON.parse(String(stdout))).required
    },

    async measureCopy(source) {
      const images = source.backing ? [source.backing, source] : [source]
      const args = ['measure', '--output=json', '-O', 'qcow2', chainOf(images)]
      const what = `Measuring the disk image "${source.path}"`
      const { stdout } = await run(what, args, { timeout: 0 })
      return measureSchema.parse(JSON.parse(String(stdout))).required
    },

    async check(path, format) {
      if (format === 'raw') return // nothing in a raw image can be wrong
      const image = JSON.stringify({
        driver: format,
        backing: null,
        file: { driver: 'file', filename: path },
      })
      try {
        await run(`Checking the disk image "${path}"`, ['check', '-q', `json:${image}`], { timeout: 0 })
      } catch (error) {
        const { exitCode } = (error as StillpointError).cause as ExecaError // from `translated`
        if (exitCode !== leaksOnly) throw error
      }
    },

    async grow(layer, sizeBytes) {
      const args = ['resize', '-q', '-f', layer.format, layer.file, String(sizeBytes)]
      await run(`Growing the disk image "${layer.file}"`, args)
      await syncPath(layer.file)
    },

    async renameParent(layer, parent) {
      const args = [
        'rebase',
        '-q',
        '-u',
        '-f',
        layer.format,
        '-b',
        parent.file,
        '-F',
        parent.format,
        layer.file,
      ]
      await run(`Changing the parent of "${layer.file}"`, args)
      await syncPath(layer.file)
    },
  }
}

interface Image {
  readonly path: string
  readonly format: ImageFormat
}

/** Images that stand on each other, the base first, with nothing left to what their headers name. */
function chainOf(images: readonly Image[]): string {
  let node: object | null = null
  for (const { path, format } of images) {
    const file = { driver: 'file', filename: path }
    node = { driver: format, file, ...(format === 'qcow2' ? { backing: node } : {}) }
  }
  return `json:${JSON.stringify(node)}`
}

const measureSchema = z.object({ required: z.int() })

/** Exit codes of `qemu-img check`; clusters that leaked (when the power failed, say) cost space and nothing else. */
const corrupt = 2
const leaksOnly = 3

const unusable = /corrupt|invalid|not in .* format|Unknown|errors were found|Could not open|Check failed/i

function translated(error: ExecaError, what: string): StillpointError {
  const text = String(error.stderr ?? '').trim() || String(error.stdout ?? '').trim() || error.shortMessage
  const lines = text.split('\n').slice(-4).join('\n')
  const code =
    error.code === 'ENOENT'
      ? 'hypervisor_unavailable'
      : /No space left/i.test(text)
        ? 'disk_full'
        : /Failed to get .*lock|another process/i.test(text)
          ? 'image_in_use'
          : error.exitCode === corrupt || unusable.test(text)
            ? 'image_invalid'
            : 'io_error'
  return new StillpointError(code, `${what} failed: ${lines}`, { cause: error })
}
