import Table from 'cli-table3'
import type { Figure } from './figure.ts'
import type { Params, Unit } from './sheet.ts'

/** The figures for a person to read. */
export function tableOf(figures: readonly Figure[]): string {
  const head = ['case', 'figure', 'median', 'min', 'max', 'peer', 'its median', 'ratio', 'target']
  const colAligns: ('left' | 'right')[] = head.map((name) =>
    ['median', 'min', 'max', 'its median', 'ratio'].includes(name) ? 'right' : 'left',
  )
  const table = new Table({ head, colAligns, style: { head: [], border: [], compact: true } })
  let previous: Figure | null = null
  for (const figure of figures) {
    table.push(cellsOf(figure, previous))
    previous = figure
  }
  return table.toString()
}

/** What is the same as in the line above is left out, so that a row with several peers reads as one. */
function cellsOf(figure: Figure, previous: Figure | null): string[] {
  const { unit, runs, peer, peerMedian, ratio } = figure
  const isSameCase = previous?.case === figure.case
  const isSameRow = isSameCase && rowName(previous) === rowName(figure)
  const value = (number: number) => formatValue(number, unit)
  return [
    isSameCase ? '' : figure.case,
    ...(isSameRow
      ? ['', '', '', '']
      : [rowName(figure), value(figure.median), value(Math.min(...runs)), value(Math.max(...runs))]),
    peer ?? '',
    peerMedian === undefined ? '' : value(peerMedian),
    ratio === undefined ? '' : `${ratio >= 10 ? Math.round(ratio) : ratio.toFixed(2)} ×`,
    (figure.targets ?? [])
      .map(({ target, reached }) => `${reached ? '✔' : '✖ missed:'} ${target}`)
      .join('\n'),
  ]
}

function rowName({ metric, params }: Figure): string {
  const given = formatParams(params)
  return given === '' ? metric : `${metric} (${given})`
}

function formatParams(params: Params): string {
  return Object.entries(params)
    .map(([name, value]) => (name.endsWith('MiB') ? `${value} MiB` : `${name} ${value}`))
    .join(', ')
}

function formatValue(value: number, unit: Unit): string {
  if (!Number.isFinite(value)) return '–'
  const digits = Math.abs(value) < 10 && !Number.isInteger(value) ? 2 : Math.abs(value) < 100 ? 1 : 0
  return `${Number(value.toFixed(digits)).toLocaleString('en-US')} ${unit}`
}
