import type { ReactNode } from 'react'
import classes from './checkpoint-pane.module.css'

interface Props {
  readonly title: string
  readonly text: string
  /** What can be done about it. */
  readonly children?: ReactNode
  readonly role?: 'alert'
}

/** In place of the tree: nothing is chosen, there is nothing yet, or it could not be read. */
export function PaneMessage({ title, text, children, role }: Props) {
  return (
    <div className={classes.message} role={role}>
      <h2>{title}</h2>
      <p>{text}</p>
      {children}
    </div>
  )
}
