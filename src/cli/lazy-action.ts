import type { Command } from 'commander'
import type { Context } from './context.ts'
import type { System } from './system.ts'

/** A file under `commands/`: `run` gets the arguments in their order, then the options. */
export interface CommandModule<Args extends unknown[]> {
  run(context: Context, ...args: Args): Promise<void>
}

export type LazyAction = <Args extends unknown[]>(
  load: () => Promise<CommandModule<Args>>,
) => (...args: unknown[]) => Promise<void>

/** Makes actions that load their command when they are called, so that each start loads one only. */
export function createLazyAction(system: System, program: Command): LazyAction {
  return <Args extends unknown[]>(load: () => Promise<CommandModule<Args>>) =>
    async (...args: unknown[]) => {
      // Help and mistakes need none of it either.
      const [{ createContext }, { run }] = await Promise.all([import('./context.ts'), load()])
      const context = createContext(system, program.opts())
      try {
        // The parser gives what the noun's file declares beside this; the last one is the command itself.
        await run(context, ...(args.slice(0, -1) as Args))
      } finally {
        await context.close()
      }
    }
}
