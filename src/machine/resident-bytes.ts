import { readFile } from 'node:fs/promises'
import { KIB } from '../core/units.ts'

/** What a process has of the host's memory, huge pages included; null when that cannot be read. */
export async function residentBytes(pid: number): Promise<number | null> {
  const text = await readFile(`/proc/${pid}/status`, 'latin1').catch(() => '')
  const kibOf = (label: string) => Number(new RegExp(`^${label}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1])
  const resident = kibOf('VmRSS')
  if (Number.isNaN(resident)) return null
  return (resident + (kibOf('HugetlbPages') || 0)) * KIB
}
