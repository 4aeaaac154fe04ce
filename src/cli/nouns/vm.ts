import { type Command, Option } from 'commander'
import type { NewDisk } from '../../contract/vm.ts'
import { displays, firmwares, memoryBackings, networks, tpms } from '../../vm/config.ts'
import { emptyDisk, imageDisk, memoryMiB, onOrOff, tagList, wholeNumber } from '../arguments.ts'
import type { LazyAction } from '../lazy-action.ts'
import type { System } from '../system.ts'
import { addSelection, collect } from '../vm-selection.ts'
import { addSettingsOptions } from '../vm-settings.ts'
import { addDiskCommands, imageOption } from './disk.ts'

const network = () => new Option('--network <network>', 'the network card').choices(networks)
const memoryBacking = () =>
  new Option('--memory-backing <backing>', 'what the memory is made of').choices(memoryBackings)
const display = () => new Option('--display <display>', 'the screen').choices(displays)

export function addVmCommands(program: Command, lazily: LazyAction, system: System): void {
  const vm = program.command('vm').description('virtual machines')
  addCreate(vm, lazily, system)

  vm.command('import')
    .description('make a VM of a folder that was exported')
    .argument('<folder>', 'the folder')
    .option('--name <name>', 'default: the name that the VM had')
    .addOption(
      new Option('--new-identity', 'ids and network address of its own (default)').conflicts('keepIdentity'),
    )
    .addOption(new Option('--keep-identity', 'those of the VM that was exported'))
    .action(lazily(() => import('../commands/vm-import.ts')))

  vm.command('list')
    .description('list VMs')
    .action(lazily(() => import('../commands/vm-list.ts')))

  vm.command('show')
    .description('show a VM')
    .argument('<vm>', 'name or id')
    .action(lazily(() => import('../commands/vm-show.ts')))

  vm.command('start')
    .description('start a VM')
    .argument('<vm>', 'name or id')
    .action(lazily(() => import('../commands/vm-start.ts')))

  vm.command('stop')
    .description('shut a VM down')
    .argument('<vm>', 'name or id')
    .option('--force', 'end it at once, as pulling the plug does')
    .option('--timeout <seconds>', 'how long the guest may take (default: 120)', wholeNumber)
    .action(lazily(() => import('../commands/vm-stop.ts')))

  vm.command('pause')
    .description('pause a running VM')
    .argument('<vm>', 'name or id')
    .action(lazily(() => import('../commands/vm-pause.ts')))

  vm.command('resume')
    .description('resume a paused VM')
    .argument('<vm>', 'name or id')
    .action(lazily(() => import('../commands/vm-resume.ts')))

  vm.command('guards')
    .description('show the risks that going back in time has for a VM, and what is done about them')
    .argument('<vm>', 'name or id')
    .option('--all', 'explain also those that were not found')
    .action(lazily(() => import('../commands/vm-guards.ts')))

  addSelection(vm.command('policy'))
    .description('show the policy and what else is set, of all VMs or of some')
    .action(lazily(() => import('../commands/vm-policy.ts')))

  const set = addSelection(vm.command('set'))
    .description(
      'change settings and tags of one VM or many; name and hardware of one, hardware while it is off only',
    )
    .option('--name <name>', 'a new name')
    .option('--memory <size>', 'as 512M or 2G', memoryMiB)
    .option('--cpus <number>', 'processors', wholeNumber)
    .addOption(network())
    .addOption(display())
    .addOption(memoryBacking())
    .option('--generation-device <on|off>', 'tell the guest when it was put back in time', onOrOff)
  addSettingsOptions(addTagOptions(set)).action(lazily(() => import('../commands/vm-set.ts')))

  addDiskCommands(vm, lazily, system)
  addHooks(vm, lazily)

  vm.command('remove')
    .description('remove a VM with its disks and checkpoints')
    .argument('<vm>', 'name or id')
    .option('--yes', 'do not ask')
    .action(lazily(() => import('../commands/vm-remove.ts')))
}

function addTagOptions(command: Command): Command {
  return command
    .option('--tags <list>', 'these tags instead, separated by commas; "" for none', tagList)
    .option('--tag-add <tag>', 'one more; repeatable', collect)
    .option('--tag-remove <tag>', 'one less; repeatable', collect)
}

function addHooks(vm: Command, lazily: LazyAction): void {
  const hooks = vm.command('hooks').description('hooks in the guest that make its applications consistent')

  hooks
    .command('install')
    .description('install them through the guest agent, or bring them up to date')
    .argument('<vm>', 'name or id')
    .action(lazily(() => import('../commands/vm-hooks-install.ts')))

  hooks
    .command('status')
    .description('show what is installed, and which applications run')
    .argument('<vm>', 'name or id')
    .action(lazily(() => import('../commands/vm-hooks-status.ts')))

  hooks
    .command('remove')
    .description('remove them; own hooks of the guest stay')
    .argument('<vm>', 'name or id')
    .action(lazily(() => import('../commands/vm-hooks-remove.ts')))
}

function addCreate(vm: Command, lazily: LazyAction, system: System): void {
  // One list for both options: the order on the command line is the order of the disks.
  const disks: NewDisk[] = []
  const add = (disk: NewDisk) => {
    disks.push(disk)
    return disks
  }
  const create = vm
    .command('create')
    .description('create a VM')
    .argument('<name>', '1 to 100 characters')
    .option('--memory <size>', 'as 512M or 2G (default: 1G)', memoryMiB)
    .option('--cpus <number>', 'processors (default: 1)', wholeNumber)
    .option(imageOption, 'an image to copy, or to use in place; repeatable', (text) =>
      add(imageDisk(text, system.folder)),
    )
    .option('--disk-size <size>', 'an empty disk, as 20G; repeatable', (text) => add(emptyDisk(text)))
    .option('--kernel <file>', 'boot this kernel directly')
    .option('--initrd <file>', 'its initial RAM disk')
    .option('--append <text>', 'its command line')
    .addOption(new Option('--firmware <firmware>', 'default: bios').choices(firmwares))
    .addOption(new Option('--tpm <version>', 'a virtual TPM; default: none').choices(tpms))
    .addOption(network())
    .addOption(display())
    .addOption(memoryBacking())
    .option('--tags <list>', 'its tags, separated by commas', tagList)
  addSettingsOptions(create).action(lazily(() => import('../commands/vm-create.ts')))
}
