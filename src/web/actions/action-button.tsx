import { Tooltip } from '@mantine/core'
import { useId } from 'react'
import type { Action } from './action.ts'
import classes from './action-pane.module.css'
import { hotkeyText } from './hotkey-text.ts'

/** One that is refused stays, can be reached, and says why. */
export function ActionButton({ action }: { action: Action }) {
  const reasonId = useId()
  const { label, icon: Icon, hotkey, isDangerous = false, refusal, run } = action
  const isRefused = refusal !== null
  const button = (
    <button
      type="button"
      className={classes.action}
      aria-disabled={isRefused || undefined}
      aria-describedby={isRefused ? reasonId : undefined}
      data-dangerous={isDangerous || undefined}
      onClick={() => !isRefused && run()}
    >
      <Icon size={16} />
      <span className={classes.label}>{label}</span>
      {hotkey && <span className={classes.hotkey} data-keys={hotkeyText(hotkey)} />}
      {isRefused && (
        <span id={reasonId} hidden>
          {refusal}
        </span>
      )}
    </button>
  )
  return (
    <Tooltip
      label={refusal}
      disabled={!isRefused} // rather than left out: the button would be another one, without the focus
      position="left"
      multiline
      maw={280}
      openDelay={150}
      events={{ hover: true, focus: true, touch: true }}
    >
      {button}
    </Tooltip>
  )
}
