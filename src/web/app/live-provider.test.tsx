import { useQuery } from '@tanstack/react-query'
import { act, screen } from '@testing-library/react'
import { beforeEach, expect, test, vi } from 'vitest'
import { queries } from '../api/queries.ts'
import { vmRow } from '../testing/examples.ts'
import { FakeApi } from '../testing/fake-api.ts'
import { show } from '../testing/render.tsx'
import { LiveProvider, useConnection } from './live-provider.tsx'

let socket: EventTarget & { close(): void }
const say = (data: string) => act(() => socket.dispatchEvent(new MessageEvent('message', { data })))

function Names() {
  const { data } = useQuery(queries.vmRows)
  return (
    <p>
      {useConnection()}: {data?.map(({ name }) => name).join()}
    </p>
  )
}

beforeEach(() => {
  vi.stubGlobal(
    'WebSocket',
    class extends EventTarget {
      constructor() {
        super()
        socket = Object.assign(this, { close() {} })
      }
    },
  )
})

test('what is shown is read when events flow, and once', async () => {
  const api = new FakeApi({ 'GET /vm-rows': [vmRow({ name: 'web01' })] })
  await show(
    <LiveProvider>
      <Names />
    </LiveProvider>,
  )
  expect(screen.getByText('connecting:')).toBeDefined()
  expect(api.calls).toEqual([])
  say('')
  expect(await screen.findByText('open: web01')).toBeDefined()
  expect(api.calls.map(({ call }) => call)).toEqual(['GET /vm-rows'])
})

test('a stream that cannot be had keeps nothing from being shown', async () => {
  new FakeApi({ 'GET /vm-rows': [vmRow({ name: 'web01' })], 'GET /session': {} })
  await show(
    <LiveProvider>
      <Names />
    </LiveProvider>,
  )
  act(() => socket.dispatchEvent(new Event('close')))
  expect(await screen.findByText('lost: web01')).toBeDefined()
})
