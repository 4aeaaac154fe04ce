/** What leads from the screen back to the page, as in Hyper-V's own viewer; every other key goes to the guest. */
export const wayOut = { ariaKeyshortcuts: 'Control+Alt+ArrowLeft', label: 'Ctrl+Alt+Left Arrow' } as const

/**
 * Makes the element that noVNC listens at one that keyboard users come to and get away from.
 * 1. It is in the order of Tab. Once it has the focus, Tab goes to the guest.
 * 2. The way out is kept from the guest and calls `leave`.
 * 3. When the focus goes elsewhere, keys that are still down are let go, or the guest would have them down for good.
 * Returns the function that takes it all back.
 */
export function openWayOut(element: HTMLElement, leave: () => void): () => void {
  const down = new Map<string, string>()
  const ended = new AbortController()
  const options = { capture: true, signal: ended.signal }
  element.tabIndex = 0

  element.addEventListener(
    'keydown',
    (event) => {
      if (event.ctrlKey && event.altKey && !event.shiftKey && event.code === 'ArrowLeft') {
        event.preventDefault()
        event.stopImmediatePropagation()
        leave()
      } else if (event.code !== '') down.set(event.code, event.key)
    },
    options,
  )
  element.addEventListener('keyup', ({ code }) => down.delete(code), options)
  element.addEventListener(
    'blur',
    () => {
      for (const [code, key] of [...down]) element.dispatchEvent(new KeyboardEvent('keyup', { code, key }))
    },
    options,
  )
  return () => ended.abort()
}
