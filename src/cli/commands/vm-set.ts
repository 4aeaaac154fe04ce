import type { UpdateVm } from '../../contract/vm.ts'
import { StillpointError } from '../../core/error.ts'
import type { CheckpointPolicy, Display, MemoryBacking, Network } from '../../vm/config.ts'
import type { Context } from '../context.ts'
import { type HygieneOptions, hygieneSettings } from '../hygiene-settings.ts'

interface Options extends HygieneOptions {
  readonly name?: string
  readonly memory?: number
  readonly memoryBacking?: MemoryBacking
  readonly cpus?: number
  readonly policy?: CheckpointPolicy
  readonly freezeBudget?: number
  readonly syncClock?: boolean
  readonly network?: Network
  readonly display?: Display
  readonly generationDevice?: boolean
}

export async function run(context: Context, vmKey: string, options: Options): Promise<void> {
  if (Object.keys(options).length === 0) {
    throw new StillpointError(
      'invalid_request',
      'Nothing was named to change; see `stillpoint vm set --help`.',
    )
  }
  const change: UpdateVm = {
    name: options.name,
    memoryMiB: options.memory,
    memoryBacking: options.memoryBacking,
    cpus: options.cpus,
    network: options.network,
    display: options.display,
    generationDevice: options.generationDevice,
    settings: {
      checkpointPolicy: options.policy,
      freezeBudgetMs: options.freezeBudget,
      syncClockAfterApply: options.syncClock,
      ...hygieneSettings(options),
    },
  }
  const vm = await (await context.client()).updateVm(vmKey, change)
  context.document(vm)
  context.say(`Changed VM "${vm.name}".`)
}
