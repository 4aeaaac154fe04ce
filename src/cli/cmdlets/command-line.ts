import type { GlobalOptions } from '../context.ts'

/** A line that calls a cmdlet, taken apart as far as that can be done without knowing the cmdlet. */
export interface CmdletLine {
  readonly name: string
  readonly args: readonly string[]
  readonly options: GlobalOptions
  readonly help: boolean
}

const withValue = ['--host', '--token-file']

/**
 * The line as that of a cmdlet when its first word is like `Get-VM`; null otherwise. The options of every command
 * may stand before and after the name.
 */
export function cmdletLine(args: readonly string[]): CmdletLine | null {
  let name: string | null = null
  const rest: string[] = []
  const values = new Map<string, string>()
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? ''
    const [option = '', ...value] = arg.split('=')
    if (arg === '--') {
      rest.push(...args.slice(at))
      break
    }
    if (arg === '--json' || arg === '--help') values.set(arg, '')
    else if (withValue.includes(arg) && at + 1 < args.length) values.set(arg, args[++at] ?? '')
    else if (withValue.includes(option) && value.length > 0) values.set(option, value.join('='))
    else if (name !== null) rest.push(arg)
    else if (/^[a-z]+-[a-z]+$/i.test(arg)) name = arg
    else return null
  }
  if (name === null) return null
  const [host, tokenFile] = [values.get('--host'), values.get('--token-file')]
  return {
    name,
    args: rest,
    help: values.has('--help') || rest.includes('-?'),
    options: {
      json: values.has('--json'),
      ...(host === undefined ? {} : { host }),
      ...(tokenFile === undefined ? {} : { tokenFile }),
    },
  }
}
