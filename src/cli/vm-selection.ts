import { text } from 'node:stream/consumers'
import type { Command } from 'commander'
import type { Selection } from '../contract/vm-settings.ts'
import { StillpointError } from '../core/error.ts'
import { hasWildcards } from '../vm/wildcard.ts'
import type { Context } from './context.ts'

export interface SelectionOptions {
  readonly all?: boolean
  readonly tag?: readonly string[]
}

/** Arguments and options that select VMs. */
export function addSelection(command: Command): Command {
  return command
    .argument('[vms...]', 'names, patterns (web*, db0[1-3]) or ids; - reads them from the standard input')
    .option('--all', 'all VMs')
    .option('--tag <tag>', 'those with this tag, of the ones that are named; repeatable', collect)
}

/** The one VM that is named, when no more than that is asked for; else null. */
export function onlyOne(vms: readonly string[], { all, tag }: SelectionOptions): string | null {
  const [first] = vms
  if (first === undefined || vms.length > 1 || first === '-' || all || tag) return null
  return hasWildcards(first) ? null : first
}

/** As the API takes it. Error: `invalid_request` when nothing was selected. */
export async function selectionOf(
  context: Context,
  vms: readonly string[],
  { all, tag }: SelectionOptions,
): Promise<Selection> {
  const names: string[] = []
  for (const vm of vms) names.push(...(vm === '-' ? await linesOfInput(context) : [vm]))
  if (vms.length > 0 && names.length === 0) {
    throw new StillpointError('invalid_request', 'The standard input names no VM; nothing was done.')
  }
  if (names.length === 0 && !all && !tag) {
    throw new StillpointError('invalid_request', 'No VM was named; name some, or select with --all or --tag.')
  }
  return { all: all === true, names, tags: [...(tag ?? [])] }
}

async function linesOfInput({ system }: Context): Promise<string[]> {
  const lines = (await text(system.stdin)).split('\n').map((line) => line.trim())
  return lines.filter((line) => line !== '')
}

export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value]
}
