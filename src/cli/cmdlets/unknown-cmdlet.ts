import { StillpointError } from '../../core/error.ts'
import { similarNames } from './table/table.ts'

/** Error for a name that no cmdlet has, with those that it may have been meant for. */
export function unknownCmdlet(name: string): StillpointError {
  const similar = similarNames(name)
  const suggestion =
    similar.length > 0 ? `Did you mean ${similar.join(' or ')}?` : '`stillpoint Get-Command` lists them.'
  return new StillpointError(
    'invalid_request',
    `The term '${name}' is not recognized as the name of a cmdlet. ${suggestion}`,
    { details: { cmdlet: name, similar } },
  )
}
