import { checkpointCmdlets } from './checkpoints.ts'
import type { Cmdlet } from './cmdlet.ts'
import { helpCmdlets } from './help.ts'
import { jobCmdlets } from './jobs.ts'
import { powerCmdlets } from './power.ts'
import { transferCmdlets } from './transfer.ts'
import { vmCmdlets } from './vms.ts'

export const cmdlets: readonly Cmdlet[] = [
  ...checkpointCmdlets,
  ...transferCmdlets,
  ...vmCmdlets,
  ...powerCmdlets,
  ...jobCmdlets,
  ...helpCmdlets,
]

/** By its name or an alias, without regard to case. */
export function findCmdlet(name: string): Cmdlet | undefined {
  const wanted = name.toLowerCase()
  return cmdlets.find((each) => [each.name, ...each.aliases].some((known) => known.toLowerCase() === wanted))
}

/** The names that `name` is nearest to, the nearest first; none that would be a mere guess. */
export function similarNames(name: string): string[] {
  const wanted = name.toLowerCase()
  return cmdlets
    .flatMap((each) => [each.name, ...each.aliases])
    .map((known) => ({ known, distance: distance(wanted, known.toLowerCase()) }))
    .filter(({ known, distance }) => distance <= Math.max(2, known.length / 4))
    .sort((a, b) => a.distance - b.distance)
    .map(({ known }) => known)
    .slice(0, 3)
}

/** How many letters have to be changed, added or left out (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [index, letter] of [...a].entries()) {
    const next = [index + 1]
    for (let at = 1; at <= b.length; at++) {
      const changed = (row[at - 1] ?? 0) + (b[at - 1] === letter ? 0 : 1)
      next.push(Math.min(changed, (row[at] ?? 0) + 1, (next[at - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
