import { type Parameter, type ParameterSet, parameter } from './cmdlet.ts'

/** Parameters that several cmdlets have. */

export const asJob = parameter(
  'AsJob',
  'SwitchParameter',
  'Starts the work, prints a job for each target, and does not wait.',
)

export const acceptRisk = parameter(
  'AcceptRisk',
  'SwitchParameter',
  'Goes on in spite of the risks that a guard wants to have confirmed.',
)

export const passthru = (what: string): Parameter =>
  parameter('Passthru', 'SwitchParameter', `Prints ${what}; nothing is printed without it.`)

export const vmName = (description: string): Parameter =>
  parameter('Name', 'String[]', description, {
    aliases: ['VMName'],
    position: 0,
    mandatory: true,
    pipeline: true,
  })

export const vmObject = (description: string): Parameter =>
  parameter('VM', 'VirtualMachine[]', description, { position: 0, mandatory: true, pipeline: true })

export const snapshotObjects = (description: string): Parameter =>
  parameter('VMSnapshot', 'VMSnapshot[]', description, {
    aliases: ['VMCheckpoint'],
    position: 0,
    mandatory: true,
    pipeline: true,
  })

export const snapshotObject = (description: string): Parameter => ({
  ...snapshotObjects(description),
  type: 'VMSnapshot',
  typeName: 'VMSnapshot',
})

/** The two ways to name VMs that most cmdlets have: `-Name`, and the objects that Get-VM prints. */
export function byNameOrObject(what: string, others: readonly Parameter[]): ParameterSet[] {
  const names = `Names of the ${what}; wildcards and ids may stand for them.`
  return [
    { name: 'Name', parameters: [vmName(names), ...others] },
    { name: 'VMObject', parameters: [vmObject(`The ${what}, as Get-VM prints them.`), ...others] },
  ]
}
