import type { ReactNode } from 'react'
import classes from './facts.module.css'

export interface Fact {
  readonly label: string
  readonly text: ReactNode
  /** What cannot be made good again stands out. */
  readonly isWarning?: boolean
}

/** What is about to happen, point by point. */
export function Facts({ facts }: { readonly facts: readonly Fact[] }) {
  return (
    <dl className={classes.facts}>
      {facts.map(({ label, text, isWarning = false }) => (
        <div key={label} className={classes.fact} data-warning={isWarning || undefined}>
          <dt>{label}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  )
}
