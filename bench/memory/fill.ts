import type { GuestShell } from '../checkpoint/guest-work.ts'

/** `random` does not compress. `text` is a table of the kernel's, which does, to about a third. */
export const contents = ['random', 'text'] as const
export type Content = (typeof contents)[number]

const seedMiB = 16
/** An emulated processor writes a few ten MB a second, on a busy machine fewer. */
const patienceMs = 1_800_000

/**
 * Fills so much of the guest's memory, in `/mem/fill`. A seed is copied over and over, for random data is slow
 * to make: nothing here looks for equal pages in different places, or compresses more than 64 KiB at once.
 */
export async function fillMemory(guest: GuestShell, sizeMiB: number, content: Content): Promise<void> {
  const make =
    content === 'random'
      ? `dd if=/dev/urandom of=/tmp/seed bs=1M count=${seedMiB} 2>/dev/null`
      : `cat /proc/kallsyms >/tmp/part; for i in $(seq 10); do cat /tmp/part; done | dd of=/tmp/seed bs=1M iflag=fullblock count=${seedMiB} 2>/dev/null; rm /tmp/part`
  const script = [
    'set -e',
    make,
    // Huge pages of the guest's make it quicker.
    'mkdir -p /tmp/huge && mount -t tmpfs -o size=100%,huge=always none /tmp/huge',
    'ln -sf /tmp/huge/fill /mem/fill',
    `for at in $(seq 0 ${seedMiB} ${sizeMiB - 1}); do`,
    `  count=$((${sizeMiB} - at)); [ $count -lt ${seedMiB} ] || count=${seedMiB}`,
    '  dd if=/tmp/seed of=/mem/fill bs=1M seek=$at count=$count conv=notrunc 2>/dev/null',
    'done',
    'rm /tmp/seed',
  ]
  await guest.run(script.join('\n'), patienceMs)
}
