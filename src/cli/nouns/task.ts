import type { Command } from 'commander'
import { wholeNumber } from '../arguments.ts'
import type { LazyAction } from '../lazy-action.ts'

export function addTaskCommands(program: Command, lazily: LazyAction): void {
  const task = program.command('task').description('work that was started')

  task
    .command('list')
    .description('list tasks, newest first')
    .option('--vm <vm>', 'those of one VM: name or id')
    .option('--limit <number>', 'how many (default: 50)', wholeNumber)
    .action(lazily(() => import('../commands/task-list.ts')))

  task
    .command('show')
    .description('show a task with its log')
    .argument('<id>')
    .action(lazily(() => import('../commands/task-show.ts')))

  task
    .command('cancel')
    .description('ask a task to end')
    .argument('<id>')
    .action(lazily(() => import('../commands/task-cancel.ts')))

  task
    .command('watch')
    .description('watch a task to its end; Ctrl-C leaves it to itself')
    .argument('<id>')
    .action(lazily(() => import('../commands/task-watch.ts')))
}
