/**
 * What a parameter takes. `Bytes` is a number of bytes with or without a unit, as `512MB`; a `VirtualMachine` or a
 * `VMSnapshot` is an object that another cmdlet printed, or a name or an id.
 */
export type ParameterType =
  | 'String'
  | 'String[]'
  | 'SwitchParameter'
  | 'Boolean'
  | 'Int32'
  | 'Bytes'
  | 'Enum'
  | 'VirtualMachine'
  | 'VirtualMachine[]'
  | 'VMSnapshot'
  | 'VMSnapshot[]'
  | 'Job[]'

export interface Parameter {
  /** As it is shown; it is found without regard to case, and by a beginning that no other one has. */
  readonly name: string
  readonly aliases: readonly string[]
  readonly type: ParameterType
  /** The name of the type as help and errors show it. */
  readonly typeName: string
  /** What an `Enum` may be. */
  readonly values: readonly string[]
  /** Its place among arguments without a name; null when it has to be named. */
  readonly position: number | null
  readonly mandatory: boolean
  /** Whether objects or lines on standard input may stand for it. */
  readonly pipeline: boolean
  readonly description: string
}

/** One way to call a cmdlet. A parameter of the same name may have another place in another set. */
export interface ParameterSet {
  readonly name: string
  readonly parameters: readonly Parameter[]
}

/** A row of the table that the parser, the help and `docs/cmdlets.md` work from. */
export interface Cmdlet {
  readonly name: string
  readonly aliases: readonly string[]
  readonly synopsis: string
  /** The same as `stillpoint <noun> <verb>`; empty when there is none. */
  readonly native: string
  /** What is not as in Hyper-V, in sentences; empty when nothing is. */
  readonly differences: string
  /** `never`: it changes nothing; `told`: it asks with -Confirm; `high`: it asks unless told not to. */
  readonly confirms: 'never' | 'told' | 'high'
  /** The first one is the default. */
  readonly sets: readonly ParameterSet[]
  /** Parameters of Hyper-V's cmdlet that there are none of here, with the reason. */
  readonly refused: Readonly<Record<string, string>>
  readonly examples: readonly { readonly command: string; readonly description: string }[]
}

interface ParameterOptions {
  readonly aliases?: readonly string[]
  readonly values?: readonly string[]
  readonly typeName?: string
  readonly position?: number
  readonly mandatory?: boolean
  readonly pipeline?: boolean
}

export function parameter(
  name: string,
  type: ParameterType,
  description: string,
  {
    aliases = [],
    values = [],
    typeName,
    position,
    mandatory = false,
    pipeline = false,
  }: ParameterOptions = {},
): Parameter {
  return {
    name,
    aliases,
    type,
    typeName: typeName ?? shownType(type),
    values,
    position: position ?? null,
    mandatory,
    pipeline,
    description,
  }
}

function shownType(type: ParameterType): string {
  return type === 'Bytes' ? 'Int64' : type
}

/** A cmdlet with what it has in common with the others left out. */
export function cmdlet(
  row: Pick<Cmdlet, 'name' | 'synopsis' | 'sets' | 'examples'> & Partial<Cmdlet>,
): Cmdlet {
  const { refused = {}, ...given } = row
  const changes = (row.confirms ?? 'never') !== 'never'
  return {
    aliases: [],
    native: '',
    differences: '',
    confirms: 'never',
    ...given,
    refused: { ...remote, ...withoutVariables, ...refused },
    sets: row.sets.map(({ name, parameters }) => ({
      name,
      parameters: [...parameters, ...(changes ? shouldProcess : [])],
    })),
  }
}

/** Every parameter of the cmdlet once, in the order of its sets. */
export function parametersOf({ sets }: Cmdlet): Parameter[] {
  const byName = new Map<string, Parameter>()
  for (const each of sets.flatMap(({ parameters }) => parameters)) {
    if (!byName.has(each.name)) byName.set(each.name, each)
  }
  return [...byName.values()]
}

const shouldProcess: readonly Parameter[] = [
  parameter('WhatIf', 'SwitchParameter', 'Says what would be done, and does nothing.', { aliases: ['wi'] }),
  parameter('Confirm', 'SwitchParameter', 'Asks before each change; -Confirm:$false does not ask.', {
    aliases: ['cf'],
  }),
]

/** What every cmdlet has. */
export const commonParameters: readonly Parameter[] = [
  parameter('Verbose', 'SwitchParameter', 'Says what is done.', { aliases: ['vb'] }),
  parameter('ErrorAction', 'Enum', 'What an error of one of several targets does to the others.', {
    aliases: ['ea'],
    typeName: 'ActionPreference',
    values: ['Continue', 'Stop', 'SilentlyContinue', 'Ignore'],
  }),
  parameter('WarningAction', 'Enum', 'Whether warnings are shown.', {
    aliases: ['wa'],
    typeName: 'ActionPreference',
    values: ['Continue', 'SilentlyContinue', 'Ignore'],
  }),
]

const elsewhere = 'another host is named before the cmdlet: stillpoint --host URL --token-file FILE'
const remote = { ComputerName: elsewhere, CimSession: elsewhere, Credential: elsewhere }

const noVariables = 'a shell has variables of its own for output, errors and warnings'
const withoutVariables = {
  Debug: 'the log of the daemon says what is done',
  ErrorVariable: noVariables,
  WarningVariable: noVariables,
  InformationVariable: noVariables,
  InformationAction: 'there are no messages of this kind',
  OutVariable: noVariables,
  OutBuffer: noVariables,
  PipelineVariable: noVariables,
}
