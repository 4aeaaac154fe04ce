import { createContext } from '../context.ts'
import { exitCodeOf, renderError } from '../errors.ts'
import type { System } from '../system.ts'
import { bindWords, needsInput, recordsOf } from './binding/bind.ts'
import { Bound } from './binding/bound.ts'
import { inputsOf } from './binding/input.ts'
import type { CmdletLine } from './command-line.ts'
import { readPipeline } from './pipeline.ts'
import { createSession, Stopped } from './session.ts'
import { findCmdlet } from './table/table.ts'
import { unknownCmdlet } from './unknown-cmdlet.ts'
import { verbs } from './verbs.ts'

/** Runs the line of a cmdlet and returns its exit code. Never throws. */
export async function runCmdlet(line: CmdletLine, system: System): Promise<number> {
  try {
    return await run(line, system)
  } catch (error) {
    system.stderr.write(renderError(error, system, line.options.json === true))
    return exitCodeOf(error)
  }
}

async function run(line: CmdletLine, system: System): Promise<number> {
  const cmdlet = findCmdlet(line.help ? 'Get-Help' : line.name)
  const verb = cmdlet && (await verbs[cmdlet.name]?.())
  if (!cmdlet || !verb) throw unknownCmdlet(line.name)
  const binding = bindWords(cmdlet, line.help ? [line.name] : line.args)
  const inputs = needsInput(binding) ? await inputOf(system) : null
  const { records, errors } = recordsOf(binding, inputs)
  const context = createContext(system, line.options)
  const session = createSession(context, cmdlet, new Bound('', binding.values))
  try {
    await session.each(errors, async (error) => {
      throw error
    })
    await session.each(records, (record) => verb.run(session, record))
  } catch (error) {
    if (!(error instanceof Stopped)) throw error
  } finally {
    session.flush()
    await context.close()
  }
  return session.exitCode()
}

async function inputOf(system: System) {
  const text = await readPipeline(system.stdin)
  return text === null ? null : inputsOf(text)
}
