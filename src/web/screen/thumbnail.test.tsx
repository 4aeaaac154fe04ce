import { act, screen, waitFor } from '@testing-library/react'
import { beforeEach, expect, test, vi } from 'vitest'
import type { VmRow } from '../../contract/vm.ts'
import { vmRow } from '../testing/examples.ts'
import { show } from '../testing/render.tsx'
import { Thumbnail } from './thumbnail.tsx'

/** jsdom lays nothing out: a test says when something comes into view. */
let comesIntoView: (isIn: boolean) => void
const asked: string[] = []
/** Each request waits here for its answer. */
let answers: ((response: Response) => void)[]

beforeEach(() => {
  asked.length = 0
  answers = []
  vi.stubGlobal(
    'IntersectionObserver',
    class {
      constructor(callback: (entries: { isIntersecting: boolean }[]) => void) {
        comesIntoView = (isIntersecting) => act(() => callback([{ isIntersecting }]))
      }
      observe() {}
      disconnect() {}
    },
  )
  vi.stubGlobal('fetch', (path: string) => {
    asked.push(path)
    return new Promise((resolve) => answers.push(resolve))
  })
  URL.createObjectURL = () => 'blob:picture'
  URL.revokeObjectURL = () => {}
})

const shown = (change: Partial<VmRow>) => show(<Thumbnail vm={vmRow({ display: 'vnc', ...change })} />)
const picture = () => document.querySelector('a img')?.getAttribute('src') ?? null

test('nothing is asked for before it is in view, nor while an answer is outstanding', async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true })
  await shown({})
  expect(asked).toEqual([])
  comesIntoView(true)
  await waitFor(() => expect(asked).toEqual(['/api/v1/vms/a1/screenshot?width=640']))
  await act(() => vi.advanceTimersByTimeAsync(60_000))
  expect(asked.length, 'the first answer is not there').toBe(1)
  answers[0]?.(new Response('a picture'))
  await waitFor(() => expect(picture()).toBe('blob:picture'))
  await act(() => vi.advanceTimersByTimeAsync(3100))
  expect(asked.length).toBe(2)
  comesIntoView(false)
  answers[1]?.(new Response('a picture'))
  await act(() => vi.advanceTimersByTimeAsync(60_000))
  expect(asked.length, 'nobody sees it').toBe(2)
  vi.useRealTimers()
})

test('without a picture it says why, and still leads to the screen', async () => {
  for (const [change, words] of [
    [{ state: 'off' }, 'Off'],
    [{ display: 'none' }, 'No display'],
    [{ state: 'stuck' }, 'Stopped on an error'],
  ] as const) {
    const { unmount } = await shown(change)
    comesIntoView(true)
    const link = screen.getByRole('link', { name: /Open the screen of web01/ })
    expect([link.textContent, link.getAttribute('href')]).toEqual([words, '/vms/a1/screen'])
    unmount()
  }
  expect(asked).toEqual([])
})

test('a picture that cannot be had is told, and one of a paused VM is not asked for twice', async () => {
  await shown({ state: 'paused' })
  comesIntoView(true)
  await waitFor(() => expect(asked.length).toBe(1))
  vi.useFakeTimers({ shouldAdvanceTime: true })
  answers[0]?.(new Response('', { status: 409 }))
  await act(() => vi.advanceTimersByTimeAsync(60_000))
  expect(asked.length).toBe(1)
  expect(screen.getByText('Paused')).toBeTruthy()
  expect(picture()).toBeNull()
  vi.useRealTimers()
})
