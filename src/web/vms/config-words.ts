import type { CheckpointPolicy, Display, Firmware, MemoryBacking, Network, Tpm } from '../../vm/config.ts'

/** What a user chooses from, in the order of a list. */
type Words<Key extends string> = readonly { readonly value: Key; readonly label: string }[]

export const networkWords: Words<Network> = [
  { value: 'user', label: 'Through the host' },
  { value: 'private', label: 'Private switch, other VMs only' },
  { value: 'none', label: 'None' },
]

export const displayWords: Words<Display> = [
  { value: 'vnc', label: 'Screen in the console' },
  { value: 'none', label: 'None' },
]

export const firmwareWords: Words<Firmware> = [
  { value: 'bios', label: 'BIOS (generation 1)' },
  { value: 'uefi', label: 'UEFI (generation 2)' },
]

export const tpmWords: Words<Tpm> = [
  { value: 'none', label: 'None' },
  { value: '2.0', label: 'Virtual TPM 2.0' },
]

export const backingWords: Words<MemoryBacking> = [
  { value: 'normal', label: 'Ordinary memory' },
  { value: 'huge-pages', label: 'Huge pages reserved on the host' },
  { value: 'shared', label: 'Shared with other processes' },
]

export const policyWords: Words<CheckpointPolicy> = [
  { value: 'Production', label: 'Production; standard where the guest cannot take part' },
  { value: 'ProductionOnly', label: 'Production only' },
  { value: 'Standard', label: 'Standard, with memory' },
  { value: 'Disabled', label: 'Disabled' },
]

export function wordOf<Key extends string>(words: Words<Key>, key: Key): string {
  return words.find(({ value }) => value === key)?.label ?? key
}
