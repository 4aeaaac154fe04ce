import { Command } from 'commander'
import metadata from '../../package.json' with { type: 'json' }
import { createLazyAction } from './lazy-action.ts'
import { addCheckpointCommands } from './nouns/checkpoint.ts'
import { addConfigCommands } from './nouns/config.ts'
import { addDaemonCommands } from './nouns/daemon.ts'
import { addDoctorCommand } from './nouns/doctor.ts'
import { addGroupCommands } from './nouns/group.ts'
import { addTaskCommands } from './nouns/task.ts'
import { addVmCommands } from './nouns/vm.ts'
import { createPaint } from './paint.ts'
import type { System } from './system.ts'

/** The grammar of the command line. What a command does is loaded when it is called. */
export function createProgram(system: System): Command {
  const program = new Command('stillpoint')
    .description('Checkpoints for QEMU/KVM virtual machines')
    .version(metadata.version, '--version', 'print the version')
    .option('--json', 'print one JSON document; errors as problem documents on stderr')
    .option('--host <url>', 'talk to the daemon at this URL (or STILLPOINT_HOST)')
    .option('--token-file <file>', 'file with the token for --host (or STILLPOINT_TOKEN_FILE)')
    .configureHelp({ showGlobalOptions: true, minWidthToWrap: 20 })
    .configureOutput({
      writeOut: (text) => void system.stdout.write(text),
      writeErr: (text) => {
        // As a problem document it is written by whoever gets the exception.
        if (!program.opts().json) system.stderr.write(text)
      },
      outputError: (text, write) =>
        write(text.replace(/^error:/, createPaint(system.stderr)('red', 'error:'))),
      getOutHelpWidth: () => system.stdout.columns ?? 80,
      getErrHelpWidth: () => system.stderr.columns ?? 80,
    })
    .showHelpAfterError('(add --help to see how it is used)')
    .addHelpText(
      'after',
      "\nHyper-V's cmdlets work too, as in `stillpoint Checkpoint-VM web01`; `stillpoint Get-Help` lists them.",
    )
    .exitOverride()
    .helpCommand(false)

  const lazily = createLazyAction(system, program)
  addVmCommands(program, lazily, system)
  addCheckpointCommands(program, lazily)
  addGroupCommands(program, lazily)
  addTaskCommands(program, lazily)
  addDaemonCommands(program, lazily)
  addConfigCommands(program, lazily)
  addDoctorCommand(program, lazily)
  return program
}
