import type { Command } from 'commander'
import type { LazyAction } from '../lazy-action.ts'

const nameOrId = 'name or id'
const vms = 'names, patterns (web*) or ids'

export function addGroupCommands(program: Command, lazily: LazyAction): void {
  const group = program.command('group').description('VMs of which checkpoints are taken at one instant')

  group
    .command('create')
    .description('make a group; VMs go on in this order after an apply')
    .argument('<name>', '1 to 100 characters')
    .argument('<vm...>', vms)
    .action(lazily(() => import('../commands/group-create.ts')))

  group
    .command('add')
    .description('add VMs to a group, behind the others')
    .argument('<group>', nameOrId)
    .argument('<vm...>', vms)
    .action(lazily(() => import('../commands/group-add.ts')))

  group
    .command('remove')
    .description('take VMs out of a group; their checkpoints stay')
    .argument('<group>', nameOrId)
    .argument('<vm...>', vms)
    .action(lazily(() => import('../commands/group-remove.ts')))

  group
    .command('order')
    .description('change the order in which the VMs go on after an apply: these first')
    .argument('<group>', nameOrId)
    .argument('<vm...>', vms)
    .action(lazily(() => import('../commands/group-order.ts')))

  group
    .command('rename')
    .description('give a group another name')
    .argument('<group>', nameOrId)
    .argument('<name>', 'the new name')
    .action(lazily(() => import('../commands/group-rename.ts')))

  group
    .command('list')
    .description('list groups')
    .action(lazily(() => import('../commands/group-list.ts')))

  group
    .command('show')
    .description('show a group with its VMs, in their order, and its checkpoints')
    .argument('<group>', nameOrId)
    .action(lazily(() => import('../commands/group-show.ts')))

  group
    .command('delete')
    .description('delete a group; its checkpoints stay with their VMs')
    .argument('<group>', nameOrId)
    .action(lazily(() => import('../commands/group-delete.ts')))

  addCheckpoints(group, lazily)
}

function addCheckpoints(group: Command, lazily: LazyAction): void {
  group
    .command('checkpoint')
    .description('create checkpoints of all VMs at one instant, or none')
    .argument('<group>', nameOrId)
    .option('--name <name>', 'default: the group and the time')
    .option('--notes <text>', 'notes on it')
    .option('--accept-risk', 'do it in spite of the risks that `vm guards` shows')
    .action(lazily(() => import('../commands/group-checkpoint.ts')))

  group
    .command('checkpoints')
    .description('list the checkpoints of a group')
    .argument('<group>', nameOrId)
    .action(lazily(() => import('../commands/group-checkpoints.ts')))

  group
    .command('apply')
    .description('put all VMs back to one instant, or none')
    .argument('<group>', nameOrId)
    .argument('<checkpoint>', nameOrId)
    .option('--order <vm...>', 'VMs that go on first, in this order')
    .option('--partial', 'leave VMs alone that have no checkpoint of this instant')
    .option('--checkpoint-first', 'create a checkpoint of the current state before')
    .option('--yes', 'do not ask')
    .option('--accept-risk', 'do it in spite of the risks that `vm guards` shows')
    .action(lazily(() => import('../commands/group-apply.ts')))

  group
    .command('delete-checkpoint')
    .description('delete the checkpoints of all VMs at one instant')
    .argument('<group>', nameOrId)
    .argument('<checkpoint>', nameOrId)
    .option('--yes', 'do not ask')
    .action(lazily(() => import('../commands/group-delete-checkpoint.ts')))
}
