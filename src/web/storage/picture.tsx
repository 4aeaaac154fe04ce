import { SegmentedControl } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import classes from './picture.module.css'
import { Section } from './section.tsx'

interface PictureProps {
  readonly title: string
  readonly about?: string
  readonly controls?: ReactNode
  /** What the picture says, in words, for who does not see it. */
  readonly summary: string
  readonly chart: ReactNode
  /** The same in figures. */
  readonly table: ReactNode
}

/** A chart, and the same as a table at a click. */
export function Picture({ title, about, controls, summary, chart, table }: PictureProps) {
  const [form, setForm] = useState<'chart' | 'table'>('chart')
  return (
    <Section
      title={title}
      {...(about && { about })}
      controls={
        <>
          {controls}
          <SegmentedControl
            size="xs"
            aria-label={`Show ${title.toLowerCase()} as`}
            value={form}
            onChange={(value) => setForm(value === 'table' ? 'table' : 'chart')}
            data={[
              { value: 'chart', label: 'Picture' },
              { value: 'table', label: 'Table' },
            ]}
          />
        </>
      }
    >
      {form === 'table' ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
        <section className={classes.table} aria-label={`${title}, figures`} tabIndex={0}>
          {table}
        </section>
      ) : (
        <div role="img" aria-label={summary} className={classes.chart}>
          {chart}
        </div>
      )}
    </Section>
  )
}

/** What all charts have in common: no animation, hairlines, and the page's own colours. */
export const chartLook = {
  gridColor: 'var(--sp-border)',
  textColor: 'var(--mantine-color-dimmed)',
  strokeDasharray: '0',
  tickLine: 'none',
  // The picture is one thing with a text of its own; its parts are not walked through.
  accessibilityLayer: false,
} as const

/** Where the pointer is, in words. */
export function PointWords({ lines }: { lines: readonly string[] }) {
  return (
    <div className={classes.point}>
      {lines.map((line) => (
        <div key={line}>{line}</div>
      ))}
    </div>
  )
}
