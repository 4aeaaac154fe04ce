import { createHash } from 'node:crypto'

/**
 * Where the VMs of a home folder with the network `private` meet: a multicast group on the loopback interface, which
 * needs no rights and no process, and which each VM joins and leaves by itself. Another home folder gets another one.
 * Addresses are of the block that is kept for use within one organisation; nothing leaves the host.
 */
export function privateSwitchOf(home: string): string {
  const hash = createHash('sha256').update(home).digest()
  return `239.192.${hash[0]}.${hash[1]}:${20_000 + (hash.readUInt16BE(2) % 10_000)}`
}
