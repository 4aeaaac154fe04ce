import type { GuestVm } from '../../test/fixtures/guest-vm.ts'

/**
 * Does `work` over and over in the guest, for as long as it lives, with another number in `$at` each time, from 0
 * to `count`. How long each round took is said on the console, by the guest's own clock: it stands still
 * while the guest is stopped, and is exact to 10 ms.
 */
export async function startLoop(vm: GuestVm, count: number, work: readonly string[]): Promise<void> {
  const loop = [
    ...['at=0', 'while :; do', 'read begun _ </proc/uptime'],
    ...work,
    ...['read ended _ </proc/uptime', 'echo "work $begun $ended"'],
    // A large step, so that not one place after the other is touched.
    ...[`at=$(((at + ${Math.max(1, Math.floor(count * 0.618))}) % ${count}))`, 'done'],
  ]
  await vm.run(`cat >/tmp/loop <<'END'\n${loop.join('\n')}\nEND`)
  await vm.run('setsid sh /tmp/loop >/dev/console 2>&1 </dev/null &')
}

/** What the rounds took that began and ended within this part of the console, in ms. The first one began earlier. */
export function roundsIn(console: string): number[] {
  return [...console.matchAll(/^work ([\d.]+) ([\d.]+)\r?$/gm)]
    .slice(1)
    .map(([, begun, ended]) => (Number(ended) - Number(begun)) * 1000)
}
