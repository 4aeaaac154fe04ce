import { useHotkeys } from '@mantine/hooks'
import type { ActionGroup } from './action.ts'
import { runAction } from './run-action.ts'

/** Keys with Ctrl or Alt do their action wherever the focus is on the page, unless a dialog is open. */
export function usePageKeys(groups: readonly ActionGroup[]): void {
  const actions = groups.flatMap((group) => group.actions)
  useHotkeys(
    actions.flatMap((action) =>
      action.hotkey?.includes('+')
        ? [
            [
              action.hotkey,
              () => {
                if (!isPageCovered()) runAction(action)
              },
            ] as const,
          ]
        : [],
    ) as [string, () => void][], // the hook takes mutable pairs
  )
}

/** Whether a dialog or a menu is open: keys are about that then. */
export function isPageCovered(): boolean {
  return document.querySelector('[role="dialog"], [role="menu"]') !== null
}
