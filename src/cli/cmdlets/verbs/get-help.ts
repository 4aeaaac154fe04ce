import { hasWildcards, nameMatcher } from '../../../vm/wildcard.ts'
import { table } from '../../table.ts'
import type { Bound } from '../binding/bound.ts'
import { parameterNamed } from '../binding/parameter-name.ts'
import { helpPage, parameterHelp } from '../help/page.ts'
import type { Session } from '../session.ts'
import { type Cmdlet, parametersOf } from '../table/cmdlet.ts'
import { cmdlets, findCmdlet } from '../table/table.ts'
import { unknownCmdlet } from '../unknown-cmdlet.ts'

/** Text for people, with --json too. */
export async function run(session: Session, bound: Bound): Promise<void> {
  const { stdout } = session.context.system
  const width = Math.min(stdout.columns ?? 100, 110)
  const name = bound.text('Name')
  const matches = name === undefined ? () => true : nameMatcher(name)
  if (name === undefined || hasWildcards(name)) {
    const rows = cmdlets
      .filter((each) => [each.name, ...each.aliases].some(matches))
      .map((each) => [each.name, each.synopsis])
    stdout.write(`${table(['Name', 'Synopsis'], [['----', '--------'], ...rows], stdout)}\n`)
    if (name === undefined) {
      stdout.write('\n`stillpoint Get-Help NAME` shows one of them: its syntax, parameters and examples.\n')
    }
    return
  }
  const cmdlet = findCmdlet(name)
  if (!cmdlet) throw unknownCmdlet(name)
  const parameter = bound.text('Parameter')
  if (parameter !== undefined) stdout.write(`${parameterText(cmdlet, parameter, width)}\n`)
  else stdout.write(helpPage(cmdlet, partOf(bound), width))
}

function parameterText(cmdlet: Cmdlet, name: string, width: number): string {
  const matches = nameMatcher(name)
  const found = hasWildcards(name)
    ? parametersOf(cmdlet).filter((each) => matches(each.name))
    : [parameterNamed(cmdlet, name)]
  return found.map((each) => parameterHelp(each, width).join('\n')).join('\n\n')
}

function partOf(bound: Bound) {
  if (bound.flag('Examples')) return 'examples'
  return bound.flag('Full') || bound.flag('Detailed') ? 'full' : 'short'
}
