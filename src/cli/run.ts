import { CommanderError } from 'commander'
import { StillpointError } from '../core/error.ts'
import { cmdletLine } from './cmdlets/command-line.ts'
import { exitCodeOf, renderError } from './errors.ts'
import { createProgram } from './program.ts'
import type { System } from './system.ts'

/** Runs one command line and returns its exit code. Never throws. */
export async function runCli(args: readonly string[], system: System): Promise<number> {
  const line = cmdletLine(args)
  if (line) return (await import('./cmdlets/run-cmdlet.ts')).runCmdlet(line, system)
  const isJson = args.includes('--json')
  try {
    await createProgram(system).parseAsync(args, { from: 'user' })
    return 0
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0
      // The parser has said it in words already.
      if (isJson) system.stderr.write(renderError(usageError(error), system, isJson))
      return exitCodeOf(usageError(error))
    }
    system.stderr.write(renderError(error, system, isJson))
    return exitCodeOf(error)
  }
}

function usageError(error: CommanderError): StillpointError {
  return new StillpointError('invalid_request', error.message.replace(/^error: /, ''))
}
