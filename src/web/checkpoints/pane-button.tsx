import { Button, Tooltip } from '@mantine/core'
import { useId } from 'react'
import type { Action } from '../actions/action.ts'
import classes from './checkpoint-pane.module.css'

interface Props {
  readonly action: Action
  /** Instead of the action's. */
  readonly label: string
  /** Goes with the label where there is room. */
  readonly note?: string | undefined
  /** The icon alone where room is short. */
  readonly isMinor?: boolean
}

/** An action as a button; one that is refused stays, can be reached, and says why. */
export function PaneButton({ action: { icon: Icon, refusal, run }, label, note, isMinor = false }: Props) {
  const reasonId = useId()
  const button = (
    <Button
      variant="subtle"
      color="gray"
      size="compact-sm"
      className={classes.button}
      leftSection={<Icon size={16} />}
      aria-disabled={refusal !== null || undefined}
      aria-describedby={refusal === null ? undefined : reasonId}
      data-refused={refusal !== null || undefined}
      onClick={() => refusal === null && run()}
    >
      <span className={classes.label} data-minor={isMinor || undefined}>
        {label}
      </span>
      {note !== undefined && <span className={classes.note}>{` ${note}`}</span>}
      {refusal !== null && (
        <span id={reasonId} hidden>
          {refusal}
        </span>
      )}
    </Button>
  )
  return (
    <Tooltip
      label={refusal ?? (note === undefined ? label : `${label} ${note}`)}
      multiline
      maw={300}
      events={{ hover: true, focus: refusal !== null, touch: false }}
    >
      {button}
    </Tooltip>
  )
}
