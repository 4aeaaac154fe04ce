import { screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test } from 'vitest'
import { SelectionProvider } from '../app/selection.tsx'
import { vmRow } from '../testing/examples.ts'
import { FakeApi } from '../testing/fake-api.ts'
import { show } from '../testing/render.tsx'
import { withLayout } from '../testing/scrolling.ts'
import { VmSidebar } from './vm-sidebar.tsx'

withLayout(600)

const rows = [
  vmRow({ id: 'b', name: 'web10', tags: ['web'] }),
  vmRow({ id: 'a', name: 'web3', tags: ['web'], state: 'off' }),
  vmRow({ id: 'c', name: 'db01', tags: ['database'] }),
]

test('the VMs of the host stand by name, narrow with search and tags, and are gone to by a click', async () => {
  new FakeApi({ 'GET /vm-rows': rows, 'GET /health': { hostName: 'host1', version: '0.1.0' } })
  const { router } = await show(
    <SelectionProvider>
      <VmSidebar />
    </SelectionProvider>,
  )
  const nav = await screen.findByRole('navigation', { name: 'Virtual machines' })
  const names = () =>
    within(nav)
      .getAllByRole('button')
      .map(({ textContent }) => textContent)
  expect(names()).toEqual(['db01', 'web3', 'web10'])

  await userEvent.click(screen.getByRole('button', { name: /^web ?2$/ }))
  await expect.poll(names).toEqual(['web3', 'web10'])
  await userEvent.type(screen.getByLabelText(/Search/), '10')
  await expect.poll(names).toEqual(['web10'])
  await userEvent.click(within(nav).getByRole('button', { name: 'web10' }))
  expect(within(nav).getByRole('button', { name: 'web10' }).getAttribute('aria-current')).toBe('true')
  await expect.poll(() => router.state.location.search).toMatchObject({ vm: 'b' })
})
