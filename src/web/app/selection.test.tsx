import { act, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test } from 'vitest'
import { show } from '../testing/render.tsx'
import { SelectionProvider, useSelection } from './selection.tsx'

function Page() {
  const { vmId, vmIds, checkpointId, tag, selectVms, selectCheckpoint } = useSelection()
  return (
    <>
      <output>{[vmId, `(${[...vmIds].join(' ')})`, checkpointId, tag].join(' ')}</output>
      <button type="button" onClick={() => selectVms(['b', 'c'], 'c')}>
        two
      </button>
      <button type="button" onClick={() => selectCheckpoint('now')}>
        now
      </button>
    </>
  )
}

const shown = () => screen.getByRole('status').textContent

test('what is chosen holds at once, the address follows, and going back takes what it says', async () => {
  const { router } = await show(
    <SelectionProvider>
      <Page />
    </SelectionProvider>,
    '/?vm=a&checkpoint=c1&tag=lab',
  )
  expect(shown()).toBe('a (a) c1 lab')
  await userEvent.click(screen.getByText('two'))
  expect(shown()).toBe('c (b c)  lab')
  await userEvent.click(screen.getByText('now'))
  await waitFor(() =>
    expect(router.state.location.search).toEqual({ vm: 'c', checkpoint: 'now', tag: 'lab' }),
  )
  expect(shown()).toBe('c (b c) now lab')
  act(() => router.history.back())
  await waitFor(() => expect(shown()).toBe('a (a) c1 lab'))
  await act(() => router.navigate({ to: '/', search: { vm: 'b' } }))
  await waitFor(() => expect(shown()).toBe('b (b)  '))
  await act(() => router.navigate({ to: '/', search: { tag: 'web' } }))
  await waitFor(() => expect(router.state.location.search).toEqual({ vm: 'b', tag: 'web' }))
  expect(shown()).toBe('b (b)  web')
})
