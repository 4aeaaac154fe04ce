import { type Cmdlet, type Parameter, parametersOf } from '../table/cmdlet.ts'
import { syntaxOf } from './syntax.ts'

export type HelpPart = 'short' | 'full' | 'examples'

/** What Get-Help prints, in lines of `width` characters at most. */
export function helpPage(cmdlet: Cmdlet, part: HelpPart, width: number): string {
  const sections: [string, string[]][] = [
    ['NAME', [cmdlet.name]],
    ['SYNOPSIS', wrapped(cmdlet.synopsis, width)],
  ]
  if (part !== 'examples')
    sections.push(['SYNTAX', syntaxOf(cmdlet).flatMap((line) => [...wrapped(line, width), ''])])
  if (part !== 'examples') {
    sections.push(['ALIASES', [cmdlet.aliases.join(', ') || 'None']])
    if (cmdlet.native) sections.push(['SAME AS', [`stillpoint ${cmdlet.native}`]])
    if (cmdlet.differences) sections.push(['DIFFERENCES TO HYPER-V', wrapped(cmdlet.differences, width)])
    sections.push([
      'PARAMETERS',
      parametersOf(cmdlet).flatMap((each) =>
        part === 'full' ? [...parameterHelp(each, width), ''] : briefly(each, width),
      ),
    ])
  }
  if (part === 'full') {
    const common = 'This cmdlet supports -Verbose, -ErrorAction and -WarningAction.'
    sections.push(['COMMON PARAMETERS', wrapped(common, width)])
    const refused = Object.entries(cmdlet.refused).map(([name, reason]) => `-${name}: ${reason}.`)
    sections.push(['NOT AVAILABLE HERE', refused.flatMap((line) => wrapped(line, width))])
  }
  sections.push([
    'EXAMPLES',
    cmdlet.examples.flatMap(({ command, description }) => [
      `stillpoint ${command}`,
      ...wrapped(description, width - 4).map((line) => `    ${line}`),
      '',
    ]),
  ])
  return `${sections.map(section).join('\n\n')}\n`
}

export function parameterHelp(parameter: Parameter, width: number): string[] {
  const { name, type, typeName, description, aliases, values, mandatory, position, pipeline } = parameter
  const rows = [
    ['Required?', String(mandatory)],
    ['Position?', position === null ? 'Named' : String(position)],
    ['Accept pipeline input?', String(pipeline)],
    ['Aliases', aliases.join(', ') || 'None'],
    ...(values.length > 0 ? [['Values', values.join(', ')]] : []),
  ]
  return [
    type === 'SwitchParameter' ? `-${name}` : `-${name} <${typeName}>`,
    ...wrapped(description, width - 4).map((line) => `    ${line}`),
    ...rows.map(([label = '', value = '']) => `    ${label.padEnd(24)}${value}`),
  ]
}

function briefly({ name, type, typeName, description, values }: Parameter, width: number): string[] {
  const text = values.length > 0 ? `${description} ${values.join(', ')}.` : description
  return [
    type === 'SwitchParameter' ? `-${name}` : `-${name} <${typeName}>`,
    ...wrapped(text, width - 4).map((line) => `    ${line}`),
  ]
}

function section([title, lines]: [string, string[]]): string {
  const text = lines.map((line) => (line === '' ? '' : `    ${line}`)).join('\n')
  return `${title}\n${text.trimEnd()}`
}

/** Lines without a break inside `<…>` or `[…]` that a blank does not part. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last === undefined || last.length + 1 + word.length > width - 4) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}
