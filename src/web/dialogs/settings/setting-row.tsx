import { Button } from '@mantine/core'
import { type ReactNode, useId } from 'react'
import classes from './settings.module.css'

interface Props {
  readonly label: ReactNode
  readonly description?: ReactNode
  readonly problem?: string | null
  /** Was different from VM to VM, and is to be one value: that can be taken back. */
  readonly onKeep?: (() => void) | null
  children(control: { id: string; 'aria-describedby': string; error: boolean }): ReactNode
}

/** A setting: what it is at the left, its control at the right. */
export function SettingRow({ label, description, problem = null, onKeep, children }: Props) {
  const id = useId()
  return (
    <div className={classes.row}>
      <div className={classes.words}>
        <label htmlFor={id} className={classes.label}>
          {label}
        </label>
        <div id={`${id}-more`} className={classes.description}>
          {description}
          {problem !== null && <div className={classes.problem}>{problem}</div>}
        </div>
        {onKeep && <Keep onKeep={onKeep} />}
      </div>
      {children({ id, 'aria-describedby': `${id}-more`, error: problem !== null })}
    </div>
  )
}

export function Keep({ onKeep }: { onKeep(): void }) {
  return (
    <Button variant="subtle" size="compact-xs" ml={-8} onClick={onKeep}>
      Leave each as it is
    </Button>
  )
}

/** Settings that belong together. */
export function Section({ title, children }: { title: string; children: ReactNode }) {
  const id = useId()
  return (
    <section aria-labelledby={id} className={classes.section}>
      <h3 id={id} className={classes.sectionTitle}>
        {title}
      </h3>
      {children}
    </section>
  )
}
