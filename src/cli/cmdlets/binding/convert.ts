import { isStillpointError } from '../../../core/error.ts'
import { parseSize } from '../../../core/units.ts'
import type { Parameter } from '../table/cmdlet.ts'
import { emptyArgument, missingElement, notOfType, notOneOf } from './errors.ts'
import { type Input, inputsOf } from './input.ts'

export type Value = string | number | boolean | readonly string[] | readonly Input[]

const truths: Readonly<Record<string, boolean>> = {
  $true: true,
  true: true,
  '1': true,
  $false: false,
  false: false,
  '0': false,
}

/** Where an empty text means something: the folder of the VM. */
const mayBeEmpty = ['SnapshotFileLocation']

export function takesList({ type }: Parameter): boolean {
  return type.endsWith('[]')
}

export function takesObjects({ type }: Parameter): boolean {
  return /^(VirtualMachine|VMSnapshot|Job)/.test(type)
}

/** The words of the line as what the parameter takes. Error: `invalid_request`, which names the parameter. */
export function convert(parameter: Parameter, words: readonly string[]): Value {
  const [word = ''] = words
  if (words.some((each) => each.toLowerCase() === '$null')) {
    if (mayBeEmpty.includes(parameter.name)) return ''
    throw emptyArgument(parameter)
  }
  if (word === '' && !mayBeEmpty.includes(parameter.name)) throw emptyArgument(parameter)
  switch (parameter.type) {
    case 'String':
      return word
    case 'String[]':
      return isObject(words) && parameter.mandatory ? objects(parameter, words) : elements(parameter, words)
    case 'SwitchParameter':
    case 'Boolean':
      return truths[word.toLowerCase()] ?? refuse(parameter, word)
    case 'Int32':
      return /^-?\d{1,9}$/.test(word) ? Number(word) : refuse(parameter, word)
    case 'Bytes':
      return bytes(parameter, word)
    case 'Enum':
      return oneOf(parameter, word)
    default:
      return objects(parameter, words)
  }
}

/** `web01,web02` in one word, or in several as `web01, web02`. A comma after a backtick is one of the name. */
function elements(parameter: Parameter, words: readonly string[]): string[] {
  const parts = words
    .join(' ')
    .split(/(?<!`),/)
    .map((part) => part.trim())
  if (parts.includes('')) throw missingElement(parameter)
  return parts.map((part) => part.replaceAll('`,', ','))
}

function objects(parameter: Parameter, words: readonly string[]): Input[] {
  const text = words.join(' ')
  const found: Input[] = isObject(words)
    ? inputsOf(text)
    : elements(parameter, words).map((each) => ({ kind: 'text', text: each }))
  if (!takesList(parameter) && found.length > 1) throw notOfType(parameter, text, 'It takes one only.')
  return found
}

/** `"$(stillpoint Get-VM web01)"` */
function isObject([word = '']: readonly string[]): boolean {
  return /^\s*\{\s*"/.test(word)
}

/** A value of an enumeration, without regard to case, or the beginning of one value only. */
function oneOf(parameter: Parameter, word: string): string {
  const wanted = word.toLowerCase()
  const exact = parameter.values.find((value) => value.toLowerCase() === wanted)
  if (exact !== undefined) return exact
  const [first, ...others] = parameter.values.filter((value) => value.toLowerCase().startsWith(wanted))
  if (first !== undefined && others.length === 0) return first
  throw notOneOf(parameter, word)
}

function bytes(parameter: Parameter, word: string): number {
  try {
    return parseSize(word)
  } catch (error) {
    if (isStillpointError(error)) throw notOfType(parameter, word, 'Write it as 512MB or 2GB.')
    throw error
  }
}

function refuse(parameter: Parameter, word: string): never {
  throw notOfType(parameter, word)
}
