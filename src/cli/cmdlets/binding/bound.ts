import { StillpointError } from '../../../core/error.ts'
import type { Value } from './convert.ts'
import type { Input } from './input.ts'

/** What a cmdlet was given, by the names of its parameters. */
export class Bound {
  readonly setName: string
  readonly #values: ReadonlyMap<string, Value>

  constructor(setName: string, values: ReadonlyMap<string, Value>) {
    this.setName = setName
    this.#values = values
  }

  has(name: string): boolean {
    return this.#values.has(name)
  }

  flag(name: string): boolean {
    return this.truth(name) ?? false
  }

  truth(name: string): boolean | undefined {
    const value = this.#values.get(name)
    return value === undefined || typeof value === 'boolean' ? value : wrong(name)
  }

  text(name: string): string | undefined {
    const value = this.#values.get(name)
    return value === undefined || typeof value === 'string' ? value : wrong(name)
  }

  number(name: string): number | undefined {
    const value = this.#values.get(name)
    return value === undefined || typeof value === 'number' ? value : wrong(name)
  }

  /** The value of an enumeration. */
  oneOf<T extends string>(name: string, values: readonly T[]): T | undefined {
    const text = this.text(name)
    return text === undefined ? undefined : (values.find((value) => value === text) ?? wrong(name))
  }

  /** What a parameter of texts or objects was given; a text is a name, a pattern or an id. Empty without it. */
  inputs(name: string): readonly Input[] {
    const value = this.#values.get(name) ?? []
    if (typeof value === 'string') return [{ kind: 'text', text: value }]
    if (typeof value === 'number' || typeof value === 'boolean') return wrong(name)
    return value.map((each) => (typeof each === 'string' ? { kind: 'text', text: each } : each))
  }

  texts(name: string): readonly string[] | undefined {
    if (!this.has(name)) return undefined
    return this.inputs(name).map((each) => ('text' in each ? each.text : wrong(name)))
  }
}

/** The table and the cmdlet differ. */
function wrong(name: string): never {
  throw new StillpointError('internal', `The parameter '${name}' is not of the type that the cmdlet expects.`)
}
