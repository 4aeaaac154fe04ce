import { resolve } from 'node:path'
import type { z } from 'zod'
import { type createVmSchema, type NewDisk, vmViewSchema } from '../../contract/vm.ts'
import { StillpointError } from '../../core/error.ts'
import type { Display, Firmware, MemoryBacking, Network, Tpm } from '../../vm/config.ts'
import type { Context } from '../context.ts'
import { follow, resultOf } from '../follow.ts'
import { type SettingsOptions, settingsOf } from '../vm-settings.ts'

interface Options extends SettingsOptions {
  readonly memory?: number
  readonly memoryBacking?: MemoryBacking
  readonly cpus?: number
  /** Both name one list, in the order of the command line. */
  readonly disk?: readonly NewDisk[]
  readonly diskSize?: readonly NewDisk[]
  readonly kernel?: string
  readonly initrd?: string
  readonly append?: string
  readonly firmware?: Firmware
  readonly tpm?: Tpm
  readonly network?: Network
  readonly display?: Display
  readonly tags?: readonly string[]
}

export async function run(context: Context, name: string, options: Options): Promise<void> {
  const request: z.input<typeof createVmSchema> = {
    name,
    memoryMiB: options.memory,
    memoryBacking: options.memoryBacking,
    cpus: options.cpus,
    disks: [...(options.disk ?? options.diskSize ?? [])],
    firmware: options.firmware,
    tpm: options.tpm,
    network: options.network,
    display: options.display,
    boot: bootOf(context, options),
    tags: options.tags && [...options.tags],
    settings: settingsOf(context, options),
  }
  const client = await context.client()
  const vm = resultOf(vmViewSchema, await follow(context, client, await client.createVm(request)))
  context.say(`Created VM "${vm.name}" (${vm.id}).`)
}

function bootOf(context: Context, { kernel, initrd, append }: Options) {
  if (kernel !== undefined) {
    const file = (path: string) => resolve(context.system.folder, path)
    return { kernel: file(kernel), initrd: initrd === undefined ? null : file(initrd), append: append ?? '' }
  }
  if (initrd === undefined && append === undefined) return null
  throw new StillpointError(
    'invalid_request',
    '--initrd and --append are for a kernel: name one with --kernel.',
  )
}
