import { type Cmdlet, commonParameters, type Parameter, parametersOf } from '../table/cmdlet.ts'
import { ambiguousParameter, refusedParameter, unknownParameter } from './errors.ts'

interface Candidate {
  readonly parameter: Parameter | null
  readonly name: string
  readonly known: readonly string[]
  readonly isCommon: boolean
}

/**
 * The parameter that is meant: by its name or an alias, or by the beginning of one that no other parameter of the
 * cmdlet has; what all cmdlets have gives way to what this one has. Error: `invalid_request`.
 */
export function parameterNamed(cmdlet: Cmdlet, text: string): Parameter {
  const wanted = text.toLowerCase()
  const candidates = candidatesOf(cmdlet)
  const exact = candidates.find(({ known }) => known.includes(wanted))
  if (exact) return chosen(cmdlet, exact)
  const begun = candidates.filter(({ known }) => known.some((name) => name.startsWith(wanted)))
  const own = begun.filter(({ isCommon }) => !isCommon)
  const [only] = begun.length === 1 ? begun : own
  if (only && (begun.length === 1 || own.length === 1)) return chosen(cmdlet, only)
  if (begun.length === 0) throw unknownParameter(text)
  throw ambiguousParameter(
    text,
    begun.map(({ name }) => name),
  )
}

function chosen(cmdlet: Cmdlet, { parameter, name }: Candidate): Parameter {
  if (parameter) return parameter
  throw refusedParameter(name, cmdlet.refused[name] ?? 'there is none')
}

/** Parameters that there are none of here count, so that a line means the same as in Hyper-V, or nothing. */
function candidatesOf(cmdlet: Cmdlet): Candidate[] {
  const known = ({ name, aliases }: Parameter) => [name, ...aliases].map((each) => each.toLowerCase())
  const isShared = ({ name }: Parameter) => name === 'WhatIf' || name === 'Confirm'
  return [
    ...parametersOf(cmdlet).map((parameter) => ({
      parameter,
      name: parameter.name,
      known: known(parameter),
      isCommon: isShared(parameter),
    })),
    ...commonParameters.map((parameter) => ({
      parameter,
      name: parameter.name,
      known: known(parameter),
      isCommon: true,
    })),
    ...Object.keys(cmdlet.refused).map((name) => ({
      parameter: null,
      name,
      known: [name.toLowerCase()],
      isCommon: /^(Debug|Out|Pipeline|.*(Variable|Action)$)/.test(name),
    })),
  ]
}
