import type { UpdateVm } from '../../contract/vm.ts'
import type { ChangeVmsResult } from '../../contract/vm-settings.ts'
import { StillpointError } from '../../core/error.ts'
import type { Display, MemoryBacking, Network } from '../../vm/config.ts'
import type { Context } from '../context.ts'
import { onlyOne, type SelectionOptions, selectionOf } from '../vm-selection.ts'
import { type SettingsOptions, settingsOf } from '../vm-settings.ts'

interface Options extends SettingsOptions, SelectionOptions {
  readonly name?: string
  readonly memory?: number
  readonly memoryBacking?: MemoryBacking
  readonly cpus?: number
  readonly network?: Network
  readonly display?: Display
  readonly generationDevice?: boolean
  readonly tags?: readonly string[]
  readonly tagAdd?: readonly string[]
  readonly tagRemove?: readonly string[]
}

/** Hardware and the name are changed of one VM; settings and tags of as many as are selected, of all or of none. */
export async function run(context: Context, vms: readonly string[], options: Options): Promise<void> {
  const { all: _, tag: __, ...changes } = options
  if (Object.keys(changes).length === 0) {
    throw new StillpointError(
      'invalid_request',
      'Nothing was named to change; see `stillpoint vm set --help`.',
    )
  }
  const own = withoutAbsent({
    name: options.name,
    memoryMiB: options.memory,
    memoryBacking: options.memoryBacking,
    cpus: options.cpus,
    network: options.network,
    display: options.display,
    generationDevice: options.generationDevice,
  })
  const vm = onlyOne(vms, options)
  const changesTags = (options.tags ?? options.tagAdd ?? options.tagRemove) !== undefined
  if (vm !== null && !changesTags) return await changeOne(context, vm, own, options)
  if (Object.keys(own).length === 0) return await changeMany(context, vms, options)
  throw new StillpointError(
    'invalid_request',
    'The name and the hardware are changed of one VM at a time, and without its tags; settings and tags of many.',
  )
}

async function changeOne(context: Context, vmKey: string, own: UpdateVm, options: Options): Promise<void> {
  const change: UpdateVm = { ...own, settings: settingsOf(context, options) }
  const vm = await (await context.client()).updateVm(vmKey, change)
  context.document(vm)
  context.say(`Changed VM "${vm.name}".`)
}

async function changeMany(context: Context, vms: readonly string[], options: Options): Promise<void> {
  const select = await selectionOf(context, vms, options)
  const result = await (await context.client()).changeVms({
    select,
    settings: settingsOf(context, options),
    tags: options.tags && [...options.tags],
    addTags: [...(options.tagAdd ?? [])],
    removeTags: [...(options.tagRemove ?? [])],
  })
  context.document(result)
  context.say(summary(result))
}

function summary({ changed, unchanged }: ChangeVmsResult): string {
  const quoted = changed.slice(0, 5).map(({ name }) => `"${name}"`)
  const more = changed.length - quoted.length
  const names = quoted.length === 0 ? '' : `: ${quoted.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
  const same =
    unchanged.length === 0
      ? ''
      : ` ${count(unchanged.length)} ${unchanged.length === 1 ? 'was' : 'were'} so already.`
  return `Changed ${count(changed.length)}${names}.${same}`
}

const count = (vms: number) => (vms === 1 ? '1 VM' : `${vms} VMs`)

function withoutAbsent<T extends object>(values: T): Partial<T> {
  // The keys that are left are of T.
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>
}
