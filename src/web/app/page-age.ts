/** The scripts that this page began with; their names change with their content. */
const ownScripts = () =>
  [...document.querySelectorAll('script[type="module"][src]')].map(
    (script) => script.getAttribute('src') ?? '',
  )

/** Whether the daemon gives a page by now that has other scripts. False when that cannot be found out. */
export async function isPageOld(): Promise<boolean> {
  try {
    const answer = await fetch('/', { headers: { accept: 'text/html' }, cache: 'no-store' })
    if (!answer.ok) return false
    const page = await answer.text()
    const hasScripts = /<script\b[^>]*\btype="module"/.test(page) // a console that is being built has no page yet
    return hasScripts && !ownScripts().every((src) => page.includes(`"${src}"`))
  } catch {
    return false
  }
}

/** A part of the page could not be loaded: the daemon was gone, or has parts of other names by now. */
export function isMissingPart(error: unknown): boolean {
  return (
    error instanceof Error &&
    /dynamically imported module|importing a module script|preload CSS/i.test(error.message)
  )
}
