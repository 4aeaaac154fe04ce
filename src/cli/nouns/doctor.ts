import type { Command } from 'commander'
import type { LazyAction } from '../lazy-action.ts'

export function addDoctorCommand(program: Command, lazily: LazyAction): void {
  program
    .command('doctor')
    .description('look for what is wrong with VMs, their files and their records')
    .argument('[vm]', 'name or id; all when left out')
    .option('--repair', 'repair what can be repaired; a copy of the metadata is made first')
    .option('--yes', 'do not ask')
    .action(lazily(() => import('../commands/doctor.ts')))
}
