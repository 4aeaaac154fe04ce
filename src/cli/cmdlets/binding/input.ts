import { StillpointError } from '../../../core/error.ts'

/**
 * What stands on standard input, or for a parameter that takes an object: a line of text, or an object that a cmdlet
 * or `--json` printed, told apart by the properties that it has.
 *
 * | properties | it is |
 * |---|---|
 * | `PSJobTypeName`, or `kind` and `percent` | a job |
 * | `VMName` or `VMId`, and `Name` or `Id` | a checkpoint |
 * | `VMName` or `VMId` only, or `Name` or `Id` only | a VM |
 */
export type Input =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'vm'; readonly id: string | null; readonly name: string | null }
  | {
      readonly kind: 'checkpoint'
      readonly vm: string
      readonly id: string | null
      readonly name: string | null
    }
  | { readonly kind: 'job'; readonly id: string }
  /** Nothing that is known; `text` shows it. */
  | { readonly kind: 'other'; readonly text: string }

/** The objects and lines of a text: one JSON document, or a document or a name on each line. */
export function inputsOf(text: string): Input[] {
  const whole = /^\s*[[{]/.test(text) ? parsed(text) : undefined
  if (Array.isArray(whole)) return whole.flatMap(inputOf)
  if (whole !== undefined) return inputOf(whole)
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .flatMap((line) => {
      // A name may begin with a bracket, an object is never a name.
      const value = line.startsWith('{') ? parsed(line) : line
      if (value !== undefined) return inputOf(value)
      throw new StillpointError('invalid_request', `A line of the input is not JSON: ${line.slice(0, 100)}`)
    })
}

/** None for what a cmdlet with -WhatIf says in place of an object. */
function inputOf(value: unknown): Input[] {
  if (typeof value === 'string') return value.startsWith('What if: ') ? [] : [{ kind: 'text', text: value }]
  const text = JSON.stringify(value)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [{ kind: 'other', text }]
  const properties = new Map(Object.entries(value).map(([name, each]) => [name.toLowerCase(), each]))
  const property = (name: string): string | null => {
    const found: unknown = properties.get(name)
    return typeof found === 'string' && found !== '' ? found : null
  }
  if (properties.has('whatif')) return []
  const [id, name] = [property('id'), property('name')]
  const isTask = properties.has('kind') && properties.has('percent')
  if (properties.has('psjobtypename') || isTask) return id === null ? [] : [{ kind: 'job', id }]
  const vm = property('vmid') ?? property('vmname')
  const isNamed = id !== null || name !== null
  if (vm !== null && isNamed) return [{ kind: 'checkpoint', vm, id, name }]
  if (vm !== null) return [{ kind: 'vm', id: property('vmid'), name: property('vmname') }]
  return [isNamed ? { kind: 'vm', id, name } : { kind: 'other', text }]
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // Not one document; its lines are looked at, and each of them is told of.
  }
}
