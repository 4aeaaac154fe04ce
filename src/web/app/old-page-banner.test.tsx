import { act, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { show } from '../testing/render.tsx'
import { ErrorPage } from './error-page.tsx'
import { LiveProvider } from './live-provider.tsx'
import { OldPageBanner } from './old-page-banner.tsx'

const pageWith = (name: string) =>
  `<!doctype html><script type="module" crossorigin src="/assets/${name}.js"></script>`
let served: Response
const sockets: EventTarget[] = []
let asked = 0

beforeEach(() => {
  document.head.innerHTML = '<script type="module" src="/assets/first-1.js"></script>'
  asked = 0
  sockets.length = 0
  vi.useFakeTimers({ toFake: ['setTimeout'], shouldAdvanceTime: true })
  vi.stubGlobal('fetch', async (path: string) => {
    if (path !== '/') return new Response('{}')
    asked++
    return served
  })
  vi.stubGlobal(
    'WebSocket',
    class extends EventTarget {
      constructor() {
        super()
        sockets.push(this)
      }
      close() {}
    },
  )
})

afterEach(() => {
  document.head.innerHTML = ''
  vi.useRealTimers()
})

const begin = () =>
  act(async () => void sockets.at(-1)?.dispatchEvent(new MessageEvent('message', { data: '' })))

/** The daemon is stopped and started, and gives that page then. */
async function restart(page: Response): Promise<void> {
  served = page
  await act(async () => {
    sockets.at(-1)?.dispatchEvent(new Event('close'))
    await vi.advanceTimersByTimeAsync(500)
  })
  await begin()
}

const offer = () => screen.queryByRole('button', { name: 'Load again' })

test('a page that is older than the console of the daemon that came back offers to be loaded again', async () => {
  await show(
    <LiveProvider>
      <OldPageBanner />
    </LiveProvider>,
  )
  await begin()
  expect(asked).toBe(0)
  await restart(new Response(pageWith('first-1')))
  expect([asked, offer()]).toEqual([1, null])
  await restart(new Response('<h1>The console is not built yet</h1>', { status: 503 }))
  expect([asked, offer()]).toEqual([2, null])
  await restart(new Response(pageWith('first-2')))
  expect(asked).toBe(3)
  expect(await screen.findByRole('button', { name: 'Load again' })).toBeDefined()
})

test('a part that is gone is told in plain words', async () => {
  await show(
    <ErrorPage error={new TypeError('Failed to fetch dynamically imported module: http://x/a.js')} />,
  )
  expect(screen.getByText('A part of this page cannot be loaded')).toBeDefined()
  expect(screen.getByRole('button', { name: 'Load the page again' })).toBeDefined()
})
