import type { WriteStream } from 'node:tty'
import { stripVTControlCharacters } from 'node:util'
import Table from 'cli-table3'

const none = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
}

/**
 * Columns without borders. When they do not fit the terminal, the first column, which holds a name, stands
 * on a line of its own. Where the output is no terminal, the lines are as long as they have to be.
 */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  stream: WriteStream,
): string {
  const text = columns([head, ...rows])
  const width = stream.isTTY ? stream.columns : Number.POSITIVE_INFINITY
  if (text.split('\n').every((line) => visibleLength(line) <= width)) return text
  const details = columns([head.slice(1), ...rows.map((row) => row.slice(1))]).split('\n')
  const [headDetails = '', ...rowDetails] = details
  const lines = rows.flatMap(([name = ''], index) => [name, `  ${rowDetails[index] ?? ''}`])
  return [head[0] ?? '', `  ${headDetails}`, ...lines].join('\n')
}

/** `label  value` lines; a value of several lines is continued under itself. */
export function labelled(
  entries: readonly (readonly [label: string, value: string | readonly string[]])[],
): string {
  const rows = entries.flatMap(([label, value]) => {
    const [first = '', ...rest] = typeof value === 'string' ? [value] : value
    return [[`${label}:`, first], ...rest.map((line) => ['', line])]
  })
  return columns(rows)
}

function columns(rows: readonly (readonly string[])[]): string {
  const drawn = new Table({
    chars: none,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
  })
  drawn.push(...rows.map((row) => [...row]))
  return drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}

/** In characters, without colours. A wide character counts as one: it makes a line too long, not wrong. */
function visibleLength(line: string): number {
  return [...stripVTControlCharacters(line)].length
}
