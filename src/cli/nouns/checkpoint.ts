import type { Command } from 'commander'
import { wholeNumber } from '../arguments.ts'
import type { LazyAction } from '../lazy-action.ts'

const first = ['--checkpoint-first', 'create a checkpoint of the current state before'] as const
const expires = [
  '--expires <when>',
  'delete it in the background after 12h, 7d, 4w, at 2026-12-01 (local time), or none',
] as const
const yes = ['--yes', 'do not ask'] as const
const acceptRisk = ['--accept-risk', 'do it in spite of the risks that `vm guards` shows'] as const

export function addCheckpointCommands(program: Command, lazily: LazyAction): void {
  const checkpoint = program.command('checkpoint').description('checkpoints of a VM')

  checkpoint
    .command('create')
    .description('create a checkpoint')
    .argument('<vm>', 'name or id')
    .option('--name <name>', 'default: the VM and the time')
    .option('--notes <text>', 'notes on it')
    .option(...expires)
    .option(...acceptRisk)
    .action(lazily(() => import('../commands/checkpoint-create.ts')))

  checkpoint
    .command('list')
    .description('list the checkpoints of a VM')
    .argument('<vm>', 'name or id')
    .option('--tree', 'draw the tree')
    .action(lazily(() => import('../commands/checkpoint-list.ts')))

  checkpoint
    .command('show')
    .description('show a checkpoint and how it came about')
    .argument('<vm>', 'name or id')
    .argument('<checkpoint>', 'name or id')
    .action(lazily(() => import('../commands/checkpoint-show.ts')))

  checkpoint
    .command('apply')
    .description('put the VM back to a checkpoint')
    .argument('<vm>', 'name or id')
    .argument('<checkpoint>', 'name or id')
    .option(...first)
    .option(...yes)
    .option(...acceptRisk)
    .action(lazily(() => import('../commands/checkpoint-apply.ts')))

  checkpoint
    .command('revert')
    .description('put the VM back to the checkpoint that Now hangs under')
    .argument('<vm>', 'name or id')
    .option(...first)
    .option(...yes)
    .option(...acceptRisk)
    .action(lazily(() => import('../commands/checkpoint-revert.ts')))

  checkpoint
    .command('undo')
    .description('bring back what an apply discarded')
    .argument('<vm>', 'name or id')
    .argument('[state]', 'one that --list shows; default: the newest')
    .option('--list', 'list what can be brought back')
    .option(...yes)
    .option(...acceptRisk)
    .action(lazily(() => import('../commands/checkpoint-undo.ts')))

  checkpoint
    .command('forget')
    .description('free what applies have discarded; they cannot be undone any more')
    .argument('<vm>', 'name or id')
    .argument('[state]', 'one that `undo --list` shows; default: all')
    .option(...yes)
    .action(lazily(() => import('../commands/checkpoint-forget.ts')))

  checkpoint
    .command('delete')
    .description('delete a checkpoint; the others keep all they need')
    .argument('<vm>', 'name or id')
    .argument('<checkpoint>', 'name or id')
    .option('--subtree', 'with all checkpoints below it')
    .option(...yes)
    .action(lazily(() => import('../commands/checkpoint-delete.ts')))

  checkpoint
    .command('rename')
    .description('give a checkpoint another name')
    .argument('<vm>', 'name or id')
    .argument('<checkpoint>', 'name or id')
    .argument('<name>', 'the new name')
    .action(lazily(() => import('../commands/checkpoint-rename.ts')))

  checkpoint
    .command('set')
    .description('change when a checkpoint expires, or its notes')
    .argument('<vm>', 'name or id')
    .argument('<checkpoint>', 'name or id')
    .option(...expires)
    .option('--notes <text>', 'notes on it')
    .action(lazily(() => import('../commands/checkpoint-set.ts')))

  checkpoint
    .command('export')
    .description('write a checkpoint into a folder, as a whole VM')
    .argument('<vm>', 'name or id')
    .argument('<checkpoint>', 'name or id')
    .argument('<folder>', 'new, empty, or that of the same export, which goes on')
    .option('--chained', 'disks as the images that they consist of, instead of one each')
    .option('--no-memory', 'disks only')
    .action(lazily(() => import('../commands/checkpoint-export.ts')))

  checkpoint
    .command('report')
    .description('list VMs with forgotten checkpoints, and when volumes are full')
    .option('--older-than <span>', 'a checkpoint is old after that (default: 7d)')
    .option('--more-than <n>', 'more are too many (default: 3)', wholeNumber)
    .action(lazily(() => import('../commands/checkpoint-report.ts')))

  checkpoint
    .command('merge')
    .description('go on with merges that wait')
    .argument('<vm>', 'name or id')
    .action(lazily(() => import('../commands/checkpoint-merge.ts')))
}
