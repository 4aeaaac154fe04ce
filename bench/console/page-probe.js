/**
 * Put into each page before its own scripts, as a debugger does. All times are of the page's own clock, in ms since
 * the navigation began.
 */
globalThis.probe = (() => {
  const firstRow = () => document.querySelector('[role="grid"] [data-vm]')
  /** When what is there now has been drawn. */
  const drawn = () =>
    new Promise((resolve) => requestAnimationFrame(() => setTimeout(() => resolve(performance.now()))))
  const until = (isThere) =>
    new Promise((resolve) => {
      const look = () => {
        if (!isThere()) return false
        observer.disconnect()
        resolve(drawn())
        return true
      }
      const observer = new MutationObserver(look)
      observer.observe(document, { subtree: true, childList: true, characterData: true })
      look()
    })

  const listShown = until(firstRow)
  const interactive = listShown.then(
    () => new Promise((resolve) => requestIdleCallback(() => resolve(performance.now()))),
  )

  return {
    /** The first VM can be seen. */
    listShown: () => listShown,
    /** And nothing keeps the page from answering. */
    interactive: () => interactive,

    /** Scrolls the list by four rows in each frame, down and back at its ends. Returns how long each frame took. */
    async scroll(durationMs) {
      let list = firstRow()
      while (list && list.scrollHeight - list.clientHeight < 200) list = list.parentElement
      if (!list) throw new Error('the list has nothing to scroll')
      const frames = []
      let step = 120
      let last = await new Promise(requestAnimationFrame)
      const end = last + durationMs
      while (last < end) {
        const before = list.scrollTop
        list.scrollTop += step
        if (list.scrollTop === before) step = -step
        const now = await new Promise(requestAnimationFrame)
        frames.push(now - last)
        last = now
      }
      return frames
    },

    /** From the request that gives a VM another name until that name is drawn. */
    async rename(vm, name) {
      const shown = until(() => firstRow()?.parentElement?.textContent.includes(name))
      const startedAt = performance.now()
      const response = await fetch(`/api/v1/vms/${vm}`, {
        method: 'PATCH',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name }),
      })
      if (!response.ok) throw new Error(await response.text())
      return (await shown) - startedAt
    },
  }
})()
