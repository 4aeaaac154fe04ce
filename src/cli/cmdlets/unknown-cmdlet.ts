import { StillpointError } from '../../core/error.ts'
import { similarNames } from './table/table.ts'

/** Cmdlets of Hyper-V that something else stands in for. */
const instead: Readonly<Record<string, string>> = {
  'export-vm': 'Take a checkpoint with Checkpoint-VM, and export it with Export-VMCheckpoint.',
  'save-vm': 'Suspend-VM pauses a VM; a standard checkpoint keeps its memory.',
}

/** Error for a name that no cmdlet has, with those that it may have been meant for. */
export function unknownCmdlet(name: string): StillpointError {
  const similar = similarNames(name)
  const suggestion =
    instead[name.toLowerCase()] ??
    (similar.length > 0 ? `Did you mean ${similar.join(' or ')}?` : '`stillpoint Get-Command` lists them.')
  return new StillpointError(
    'invalid_request',
    `The term '${name}' is not recognized as the name of a cmdlet. ${suggestion}`,
    { details: { cmdlet: name, similar } },
  )
}
