import { StillpointError } from '../../../core/error.ts'
import type { Parameter } from '../table/cmdlet.ts'

/** What is wrong with a command line, in the words of PowerShell. All of them are `invalid_request`. */

function error(message: string, parameter: string | null): StillpointError {
  return new StillpointError('invalid_request', message, { details: { parameter } })
}

/** In most shells these are variables without a value, and nothing is left of them. */
const emptied =
  'A shell replaces $true and $false by nothing: write true or false, or put them in single quotes.'

export const unknownParameter = (name: string) =>
  error(`A parameter cannot be found that matches parameter name '${name}'.`, name)

export const ambiguousParameter = (name: string, names: readonly string[]) =>
  error(
    `Parameter cannot be processed because the parameter name '${name}' is ambiguous. Possible matches include: ${names.map((each) => `-${each}`).join(' ')}.`,
    name,
  )

export const refusedParameter = (name: string, reason: string) =>
  error(`The parameter '${name}' of Hyper-V is not available here: ${reason}.`, name)

export const repeatedParameter = ({ name }: Parameter) =>
  error(
    `Cannot bind parameter because parameter '${name}' is specified more than once. To provide multiple values to parameters that can accept multiple values, use the array syntax. For example, "-parameter value1,value2,value3".`,
    name,
  )

export const missingArgument = ({ name, type, typeName }: Parameter) =>
  error(
    `Missing an argument for parameter '${name}'. Specify a parameter of type '${typeName}' and try again.${type === 'Boolean' ? ` ${emptied}` : ''}`,
    name,
  )

export const emptyArgument = ({ name, type }: Parameter) =>
  error(
    `Cannot bind argument to parameter '${name}' because it is an empty string.${['Boolean', 'SwitchParameter'].includes(type) ? ` ${emptied}` : ''}`,
    name,
  )

export const missingElement = ({ name }: Parameter) =>
  error(`Cannot bind argument to parameter '${name}': an expression is missing after ','.`, name)

export const notOfType = ({ name, typeName }: Parameter, value: string, reason = '') =>
  error(
    `Cannot bind parameter '${name}'. Cannot convert value "${value}" to type "${typeName}".${reason && ` ${reason}`}`,
    name,
  )

export const notOneOf = ({ name, typeName, values }: Parameter, value: string) =>
  error(
    `Cannot bind parameter '${name}'. Cannot convert value "${value}" to type "${typeName}" due to enumeration values that are not valid. Specify one of the following enumeration values and try again. The possible enumeration values are "${values.join(',')}".`,
    name,
  )

export const unknownPosition = (argument: string) =>
  error(`A positional parameter cannot be found that accepts argument '${argument}'.`, null)

export const noParameterSet = (names: readonly string[]) =>
  error(
    `Parameter set cannot be resolved using the specified named parameters. One or more parameters issued cannot be used together: ${names.map((name) => `-${name}`).join(' ')}.`,
    names[0] ?? null,
  )

export const missingMandatory = (names: readonly string[]) =>
  error(
    `Cannot process command because of one or more missing mandatory parameters: ${names.join(' ')}.`,
    names[0] ?? null,
  )

export const notBindable = (what: string) =>
  error(
    `The input object cannot be bound to any parameters for the command either because the command does not take pipeline input or the input and its properties do not match any of the parameters that take pipeline input: ${what.length > 100 ? `${what.slice(0, 100)}…` : what}`,
    null,
  )
