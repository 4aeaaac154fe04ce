import { type FocusEvent, useEffect, useRef } from 'react'

const fields = 'input:enabled, textarea:enabled, select:enabled, button:enabled'

/**
 * Gives the focus back to what had it last, when what had it meanwhile is gone or was disabled: a button while the
 * daemon is asked. `isAway`: that is so now. To be given to the element around as `onFocus`.
 */
export function useFocusKept(isAway: boolean): (event: FocusEvent) => void {
  const kept = useRef<{ readonly last: HTMLElement; readonly around: Element } | null>(null)
  useEffect(() => {
    if (isAway || !kept.current) return
    const isFree = document.activeElement === null || document.activeElement === document.body
    if (!isFree) return
    const { last, around } = kept.current
    const target = last.isConnected ? last : around.querySelector<HTMLElement>(fields)
    target?.focus({ preventScroll: true })
  }, [isAway])
  return ({ target, currentTarget }) => {
    if (!isAway && target instanceof HTMLElement) kept.current = { last: target, around: currentTarget }
  }
}
