import { useEffect, useState } from 'react'

/** Gives the focus back, when the component goes, to what had it when it came. */
export function useFocusReturn(): void {
  const [before] = useState(() => document.activeElement)
  useEffect(
    () => () => {
      // After the dialog is out of the page, and not if something else has taken the focus since.
      queueMicrotask(() => {
        const isFree = document.activeElement === null || document.activeElement === document.body
        if (isFree && before instanceof HTMLElement && before.isConnected)
          before.focus({ preventScroll: true })
      })
    },
    [before],
  )
}
