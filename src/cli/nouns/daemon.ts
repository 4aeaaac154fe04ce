import type { Command } from 'commander'
import type { LazyAction } from '../lazy-action.ts'

export function addDaemonCommands(program: Command, lazily: LazyAction): void {
  program
    .command('inventory')
    .description('the record of all VMs')
    .command('rebuild')
    .description("rebuild it from the VMs' folders")
    .option('--yes', 'do not ask')
    .action(lazily(() => import('../commands/inventory-rebuild.ts')))

  program
    .command('events')
    .description('print events as they happen; with --json one document per line')
    .action(lazily(() => import('../commands/events.ts')))

  program
    .command('console')
    .description('print the address under which a browser is logged in to the web console')
    .action(lazily(() => import('../commands/login-address.ts')))

  const daemon = program.command('daemon').description('the daemon of this host')
  daemon
    .command('status')
    .description('show whether it runs; does not start it')
    .action(lazily(() => import('../commands/daemon-status.ts')))
  daemon
    .command('stop')
    .description('stop it; running VMs go on')
    .action(lazily(() => import('../commands/daemon-stop.ts')))
}
