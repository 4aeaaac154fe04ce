import type { MemorySize } from './sizes.ts'
import { dirtyMiBPerS } from './sizes.ts'

/** Something that runs shell commands in a guest: ours, or that of a peer. */
export interface GuestShell {
  run(command: string, timeoutMs?: number): Promise<string>
}

/** Emulated processors make a few ten MB of random data a second. */
const patienceMs = 600_000

/** Fills the guest's memory and starts rewriting a part of it, for as long as the guest lives. */
export async function occupyMemory(guest: GuestShell, { filledMiB }: MemorySize): Promise<void> {
  await guest.run(`fillmem ${filledMiB}`, patienceMs)
  await guest.run(`setsid dirtymem ${dirtyMiBPerS} >/dev/null 2>&1 </dev/null &`)
}

/** Something to write to disks that takes no processor time to make. */
export async function prepareData(guest: GuestShell, sizeMiB: number): Promise<void> {
  await guest.run(`fillmem ${sizeMiB}`, patienceMs)
}

/** Writes so much of the prepared data over the file on the guest's disk, and makes it durable there. */
export async function writeFile(guest: GuestShell, name: string, sizeMiB: number): Promise<void> {
  const path = `/mnt/a/${name}`
  await guest.run(
    `dd if=/mem/fill of=${path} bs=1M count=${sizeMiB} conv=notrunc,fsync 2>/dev/null`,
    patienceMs,
  )
  await guest.run('sync')
}

/**
 * How long the file systems of the guest were frozen by its own account: the freeze hook notes the
 * guest's uptime before the freeze and after the thaw. Holds the hooks' own run time too; exact to 10 ms.
 */
export async function frozenByHooksMs(guest: GuestShell): Promise<number> {
  const log = (await guest.run('cat /tmp/hook.log')).trim().split('\n').slice(-2)
  const at = (word: string) =>
    Number(log.find((line) => line.startsWith(`${word} `))?.slice(word.length + 1) ?? Number.NaN)
  return (at('thaw') - at('freeze')) * 1000
}
