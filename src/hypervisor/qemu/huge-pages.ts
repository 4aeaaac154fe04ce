import { fileURLToPath } from 'node:url'
import { execa } from 'execa'

const program = fileURLToPath(new URL('./collapse-huge-pages.pl', import.meta.url))
const timeoutMs = 60_000

/**
 * A background save splits the huge pages of the guest's memory, for it lifts write protection page by page. A
 * guest with small pages is slower, and so is write-protecting it: the pause of the next save would grow
 * with the size of its memory. This puts the huge pages back, at the lowest priority, while the guest runs:
 * where the guest uses its memory always, elsewhere while more than half of the host's memory is available.
 *
 * Best effort: it needs Linux 6.1 and root. Resolves with what was done, or why nothing was.
 */
export async function restoreHugePages(pid: number, memoryMiB: number): Promise<string> {
  const { stdout, stderr, failed } = await execa('perl', [program, String(pid), String(memoryMiB)], {
    timeout: timeoutMs,
    reject: false,
    stdin: 'ignore',
    cwd: '/',
  })
  return failed ? `not possible: ${stderr}` : stdout
}
