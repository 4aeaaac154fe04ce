import { Argument, type Command } from 'commander'
import type { LazyAction } from '../lazy-action.ts'

export function addConfigCommands(program: Command, lazily: LazyAction): void {
  const config = program.command('config').description('what you want to see; for you alone')

  config
    .command('show')
    .description('show your settings')
    .action(lazily(() => import('../commands/config-show.ts')))

  config
    .command('set')
    .description('change one of them')
    .addArgument(
      new Argument('<key>', 'production-notice: said after production checkpoints').choices([
        'production-notice',
      ]),
    )
    .addArgument(new Argument('<value>', 'on or off').choices(['on', 'off']))
    .action(lazily(() => import('../commands/config-set.ts')))
}
