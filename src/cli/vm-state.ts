import type { VmView } from '../contract/vm.ts'
import type { Context } from './context.ts'

const colours = { off: 'dim', running: 'green', paused: 'yellow', stuck: 'red', broken: 'red' } as const

export function paintedState(context: Context, state: VmView['state']): string {
  return context.paint(colours[state], state)
}
