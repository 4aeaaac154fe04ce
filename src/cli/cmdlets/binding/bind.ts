import type { Cmdlet, Parameter, ParameterSet } from '../table/cmdlet.ts'
import { Bound } from './bound.ts'
import { convert, takesList, takesObjects, type Value } from './convert.ts'
import {
  emptyArgument,
  missingArgument,
  missingMandatory,
  noParameterSet,
  notBindable,
  repeatedParameter,
  unknownPosition,
} from './errors.ts'
import type { Input } from './input.ts'
import { parameterNamed } from './parameter-name.ts'

/** A line whose arguments have found their parameters. */
export interface Binding {
  readonly values: ReadonlyMap<string, Value>
  /** The sets that have all these parameters, the default one first; never empty. */
  readonly sets: readonly ParameterSet[]
}

/** Whoever pastes from a document may have a longer dash. */
const namePattern = /^[-\u2013\u2014\u2015]([a-z?][\w?]*)(?::(.*))?$/is

/**
 * Binds the words of a command line as PowerShell does:
 *
 * 1. Words that begin with a dash and a letter name parameters; the word after it, or after its colon, is the value.
 *    A list goes on in the next word where a comma stands at the end of one or at the beginning of the next.
 * 2. The sets that do not have all parameters that were named are out.
 * 3. The other words take the parameters with a position that are left, in the order of the positions, the default
 *    set's first; sets without a parameter that was taken are out as well.
 *
 * Error: `invalid_request`, with the parameter in `details.parameter`.
 */
export function bindWords(cmdlet: Cmdlet, words: readonly string[]): Binding {
  const values = new Map<string, Value>()
  const free: string[] = []
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ''
    if (word === '--') {
      free.push(...words.slice(at + 1))
      break
    }
    const [, name, given] = namePattern.exec(word) ?? []
    if (name === undefined) {
      free.push(word)
      continue
    }
    const parameter = parameterNamed(cmdlet, name)
    if (values.has(parameter.name)) throw repeatedParameter(parameter)
    if (parameter.type === 'SwitchParameter') {
      values.set(parameter.name, switchValue(parameter, given))
      continue
    }
    const taken = given ? [given] : words.slice(at + 1, at + 2).filter((next) => !namePattern.test(next))
    if (taken.length === 0) throw missingArgument(parameter)
    if (!given) at++
    at += continueList(parameter, taken, words.slice(at + 1))
    values.set(parameter.name, convert(parameter, taken))
  }
  const named = [...values.keys()]
  const sets = cmdlet.sets.filter((set) =>
    named.every((name) => isIn(set, name) || !isOfSomeSet(cmdlet, name)),
  )
  if (sets.length === 0) throw noParameterSet(named.filter((name) => isOfSomeSet(cmdlet, name)))
  return { values, sets: bindPositions(sets, free, values) }
}

/** What is given to a cmdlet at once: one record without input, else one for all objects that go the same way. */
export interface Records {
  readonly records: readonly Bound[]
  /** For objects that no parameter takes. */
  readonly errors: readonly Error[]
}

/** Whether what is missing may come from standard input. Error: `invalid_request` when something has to be named. */
export function needsInput({ values, sets }: Binding): boolean {
  if (sets.some((set) => missingIn(set, values).length === 0)) return false
  if (sets.some((set) => missingIn(set, values).every(({ pipeline }) => pipeline))) return true
  throw missing({ values, sets })
}

export function recordsOf(binding: Binding, inputs: readonly Input[] | null): Records {
  const { values, sets } = binding
  if (inputs === null) {
    const complete = sets.find((set) => missingIn(set, values).length === 0)
    if (!complete) throw missing(binding)
    return { records: [new Bound(complete.name, values)], errors: [] }
  }
  const errors: Error[] = []
  const groups = new Map<ParameterSet, { readonly parameter: Parameter; readonly inputs: Input[] }>()
  for (const input of inputs) {
    const way = wayOf(binding, input)
    if (!way) {
      errors.push(notBindable('text' in input ? input.text : JSON.stringify(input)))
      continue
    }
    const group = groups.get(way.set) ?? { parameter: way.parameter, inputs: [] }
    group.inputs.push(input)
    groups.set(way.set, group)
  }
  const records = [...groups].flatMap(([set, { parameter, inputs }]) => {
    const bound = (value: Value) => new Bound(set.name, new Map([...values, [parameter.name, value]]))
    return takesList(parameter) ? [bound(inputs)] : inputs.map((input) => bound([input]))
  })
  return { records, errors }
}

/** A line in a list of names is one of them; an object goes where objects of its kind are taken. */
function wayOf({ values, sets }: Binding, input: Input): { set: ParameterSet; parameter: Parameter } | null {
  for (const set of sets) {
    const [parameter, ...others] = missingIn(set, values)
    if (parameter?.pipeline && others.length === 0 && accepts(parameter, input)) return { set, parameter }
  }
  return null
}

function accepts({ type }: Parameter, { kind }: Input): boolean {
  if (type.startsWith('VirtualMachine')) return kind === 'vm' || kind === 'text'
  if (type.startsWith('VMSnapshot')) return kind === 'checkpoint'
  if (type.startsWith('Job')) return kind === 'job'
  return kind === 'text'
}

function switchValue(parameter: Parameter, given: string | undefined): Value {
  if (given === undefined) return true
  // What a shell leaves of `-Confirm:$false`. To ask, -Confirm alone is written.
  if (given === '' && parameter.name === 'Confirm') return false
  if (given === '') throw emptyArgument(parameter)
  return convert(parameter, [given])
}

/** Takes the words that go on with a list, and returns how many they are. */
function continueList(parameter: Parameter, taken: string[], next: readonly string[]): number {
  if (!takesList(parameter)) return 0
  let count = 0
  for (const word of next) {
    const goesOn = /(?<!`),\s*$/.test(taken.at(-1) ?? '') || word.startsWith(',')
    if (!goesOn || namePattern.test(word)) break
    taken.push(word)
    count++
  }
  return count
}

function bindPositions(
  sets: readonly ParameterSet[],
  free: readonly string[],
  values: Map<string, Value>,
): readonly ParameterSet[] {
  let left = sets
  for (let at = 0; at < free.length; at++) {
    const word = free[at] ?? ''
    const parameter = left.map((set) => nextPosition(set, values)).find((each) => each !== null)
    if (!parameter) throw unknownPosition(word)
    const taken = [word]
    at += continueList(parameter, taken, free.slice(at + 1))
    values.set(parameter.name, convert(parameter, taken))
    left = left.filter((set) => isIn(set, parameter.name))
  }
  return left
}

function nextPosition({ parameters }: ParameterSet, values: ReadonlyMap<string, Value>): Parameter | null {
  const [first = null] = parameters
    .filter(({ name, position }) => position !== null && !values.has(name))
    .sort((a, b) => (a.position ?? 0) - (b.position ?? 0))
  return first
}

function missingIn({ parameters }: ParameterSet, values: ReadonlyMap<string, Value>): Parameter[] {
  return parameters.filter(({ name, mandatory }) => mandatory && !values.has(name))
}

/** Of the set that lacks least, the default one first, what a word and not an object may stand for. */
function missing({ values, sets }: Binding): Error {
  const lacks = sets.map((set) => missingIn(set, values)).sort((a, b) => a.length - b.length)
  const best = lacks.find((each) => !each.some(takesObjects)) ?? lacks[0] ?? []
  return missingMandatory(best.map(({ name }) => name))
}

function isIn({ parameters }: ParameterSet, name: string): boolean {
  return parameters.some((parameter) => parameter.name === name)
}

function isOfSomeSet({ sets }: Cmdlet, name: string): boolean {
  return sets.some((set) => isIn(set, name))
}
