import { getHotkeyHandler } from '@mantine/hooks'
import { notifications } from '@mantine/notifications'
import type { KeyboardEvent } from 'react'
import type { Action, ActionGroup } from './action.ts'

/** Does it, or says why it cannot be done: a key, unlike a button, cannot look disabled. */
export function runAction({ label, refusal, run }: Action): void {
  if (refusal === null) run()
  else explain(label, refusal)
}

function explain(label: string, refusal: string): void {
  notifications.show({
    id: 'refused-action', // in place of the one before
    title: `${label.replace(/…$/, '')} is not possible`,
    message: refusal,
    color: 'gray',
    role: 'alert',
  })
}

/** Runs the action that has the key. True: one had it. Keys with Ctrl or Alt are of the whole page: see page-keys.ts. */
export function runByHotkey(event: KeyboardEvent<HTMLElement>, groups: readonly ActionGroup[]): boolean {
  let hasKey = false
  for (const action of groups.flatMap(({ actions }) => actions)) {
    if (action.hotkey === undefined || action.hotkey.includes('+')) continue
    getHotkeyHandler([
      [
        action.hotkey,
        () => {
          hasKey = true
          runAction(action)
        },
      ],
    ])(event)
  }
  return hasKey
}
