import { type Command, InvalidArgumentError } from 'commander'
import type { NewDisk } from '../../contract/vm.ts'
import { emptyDisk, imageDisk, sizeInBytes } from '../arguments.ts'
import type { LazyAction } from '../lazy-action.ts'
import type { System } from '../system.ts'

export const imageOption = '--disk <path[,copy|link][,backing=path]>'

/** `vm disk …` */
export function addDiskCommands(vm: Command, lazily: LazyAction, system: System): void {
  const disk = vm.command('disk').description('disks of a VM')

  disk
    .command('add')
    .description('add a disk to a VM that is off')
    .argument('<vm>', 'name or id')
    .option(imageOption, 'an image to copy, or to use in place', (text, before) => {
      return once(before, imageDisk(text, system.folder))
    })
    .option('--disk-size <size>', 'an empty disk, as 20G', (text, before) => once(before, emptyDisk(text)))
    .action(lazily(() => import('../commands/vm-disk-add.ts')))

  disk
    .command('remove')
    .description('remove a disk from a VM that is off; checkpoints keep what they have of it')
    .argument('<vm>', 'name or id')
    .argument('<disk>', 'as disk1')
    .option('--yes', 'do not ask')
    .action(lazily(() => import('../commands/vm-disk-remove.ts')))

  disk
    .command('grow')
    .description('make a disk larger, also while the VM runs')
    .argument('<vm>', 'name or id')
    .argument('<disk>', 'as disk1')
    .argument('<size>', 'the new size, as 40G', sizeInBytes)
    .action(lazily(() => import('../commands/vm-disk-grow.ts')))
}

function once(before: unknown, disk: NewDisk): NewDisk {
  if (before === undefined) return disk
  throw new InvalidArgumentError('Disks are added one at a time.')
}
