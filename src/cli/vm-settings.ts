import { resolve } from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { UpdateVm, VmView } from '../contract/vm.ts'
import { StillpointError } from '../core/error.ts'
import { type CheckpointPolicy, checkpointPolicies } from '../vm/config.ts'
import { type Guard, type GuardAction, guardActions, guards } from '../vm/guards.ts'
import { onOrOff, wholeNumber } from './arguments.ts'
import type { Context } from './context.ts'
import { milliseconds, nothing } from './format.ts'
import { addHygieneOptions, type HygieneOptions, hygieneLines, hygieneSettings } from './hygiene-settings.ts'

type Settings = NonNullable<UpdateVm['settings']>
type Actions = Readonly<Partial<Record<Guard, GuardAction>>>

/** Options for what belongs to a VM whatever is applied: of `vm set` and `vm create`. */
export interface SettingsOptions extends HygieneOptions {
  readonly policy?: CheckpointPolicy
  readonly freezeBudget?: number
  readonly syncClock?: boolean
  readonly automatic?: boolean
  readonly location?: string
  readonly undoHours?: number
  readonly guard?: Actions
}

export function addSettingsOptions(command: Command): Command {
  command
    .addOption(
      new Option('--policy <policy>', 'the checkpoint policy; default: Production').choices(
        checkpointPolicies,
      ),
    )
    .option('--freeze-budget <ms>', 'the longest time the guest may stay frozen', wholeNumber)
    .option('--sync-clock <on|off>', "set the guest's clock after a standard checkpoint was applied", onOrOff)
    .option('--automatic <on|off>', 'take a checkpoint at each start, until the next clean stop', onOrOff)
    .option('--location <folder|default>', 'where differencing disks and saved states go')
    .option('--undo-hours <hours>', 'how long an apply can be undone; 0: not at all', wholeNumber)
    .option(
      '--guard <name=action>',
      `what to do about a risk: ${guardActions.join(', ')}; repeatable`,
      addGuard,
    )
  return addHygieneOptions(command)
}

/** What was given, as the API takes it. Relative folders begin where the user is. */
export function settingsOf(context: Context, options: SettingsOptions): Settings {
  const { location } = options
  return {
    checkpointPolicy: options.policy,
    freezeBudgetMs: options.freezeBudget,
    syncClockAfterApply: options.syncClock,
    automaticCheckpoints: options.automatic,
    checkpointLocation: location && locationOf(context, location),
    undoHours: options.undoHours,
    guards: options.guard,
    ...hygieneSettings(options),
  }
}

function locationOf(context: Context, text: string): string | null {
  if (text === 'default') return null
  if (context.home === null && !text.startsWith('/')) {
    throw new StillpointError('invalid_request', `"${text}" is on another host; give an absolute path.`)
  }
  return resolve(context.system.folder, text)
}

/** Lines of `vm show`. */
export function settingsLines({ settings, tags }: VmView): [label: string, value: string][] {
  return [
    ['Tags', tags.join(', ') || nothing],
    ['Policy', settings.checkpointPolicy],
    ['Automatic', settings.automaticCheckpoints ? 'on' : 'off'],
    ['Location', settings.checkpointLocation ?? "the VM's folder"],
    ['Undo', undoText(settings.undoHours)],
    ...hygieneLines(settings),
    ['Guards', guardsText(settings.guards)],
    ['Freeze budget', milliseconds(settings.freezeBudgetMs)],
    ['Sync clock', settings.syncClockAfterApply ? 'on' : 'off'],
  ]
}

export function undoText(hours: number): string {
  return hours === 0 ? 'off' : `${hours} h`
}

function guardsText(actions: Actions): string {
  const words = Object.entries(actions).map(([guard, action]) => `${guard} ${action}`)
  return words.join(', ') || 'their defaults'
}

function addGuard(text: string, before: Actions | undefined): Actions {
  const [name, action, ...rest] = text.split('=')
  const guard = guards.find((each) => each === name)
  const known = guardActions.find((each) => each === action)
  if (guard && known && rest.length === 0) return { ...before, [guard]: known }
  throw new InvalidArgumentError(
    `Write it as NAME=ACTION; names are ${guards.join(', ')}, actions ${guardActions.join(', ')}.`,
  )
}
