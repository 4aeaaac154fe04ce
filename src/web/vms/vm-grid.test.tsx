import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeAll, expect, test } from 'vitest'
import type { VmRow } from '../../contract/vm.ts'
import { queries } from '../api/queries.ts'
import { queryClient } from '../api/query-client.ts'
import { SelectionProvider } from '../app/selection.tsx'
import { DialogHost } from '../dialogs/dialog-host.tsx'
import { vmRow } from '../testing/examples.ts'
import { FakeApi, Refusal } from '../testing/fake-api.ts'
import { show } from '../testing/render.tsx'
import { withLayout } from '../testing/scrolling.ts'
import { VmGrid } from './vm-grid.tsx'
import { VmSidebar } from './vm-sidebar.tsx'

beforeAll(() => withLayout(600))

const four = [
  vmRow({ id: 'w1', name: 'web1', tags: ['web'], memoryMiB: 512 }),
  vmRow({ id: 'w2', name: 'web2', tags: ['web', 'lab'], memoryMiB: 4096, state: 'off', startedAt: null }),
  vmRow({ id: 'w10', name: 'web10', tags: ['lab'], memoryMiB: 1024 }),
  vmRow({ id: 'd', name: 'db', memoryMiB: 2048, state: 'paused' }),
]

async function showGrid(rows: readonly VmRow[] = four, address = '/') {
  const usage = (_body: unknown, url: URL) =>
    url.searchParams.getAll('vm').map((vmId) => ({ vmId, cpuPercent: 12.4, memoryBytes: 1 }))
  const api = new FakeApi({ 'GET /vm-rows': [...rows], 'GET /usage': usage })
  const shown = await show(
    <SelectionProvider>
      <DialogHost>
        <VmSidebar />
        <main>
          <VmGrid />
        </main>
      </DialogHost>
    </SelectionProvider>,
    address,
  )
  if (rows.length > 0) await screen.findByRole('grid')
  return { ...shown, api }
}

const bodyRows = () => screen.getAllByRole('row').slice(1)
const names = () => bodyRows().map((row) => within(row).getByRole('rowheader').textContent)
const chosen = () =>
  bodyRows()
    .filter((row) => row.getAttribute('aria-selected') === 'true')
    .map((row) => within(row).getByRole('rowheader').textContent)
const row = (name: string) => screen.getByRole('row', { name: new RegExp(`^${name} `) })
const active = () => {
  const id = screen.getByRole('grid').getAttribute('aria-activedescendant')
  return id && within(document.getElementById(id) as HTMLElement).getByRole('rowheader').textContent // it is in the page
}

test('names stand in their natural order, and the first one is chosen', async () => {
  const { router } = await showGrid()
  expect(names()).toEqual(['db', 'web1', 'web2', 'web10'])
  await waitFor(() => expect(chosen()).toEqual(['db']))
  await waitFor(() => expect(router.state.location.search).toEqual({ vm: 'd' }))
})

test('a VM in the address stays chosen; one that does not exist gives way to the first', async () => {
  await showGrid(four, '/?vm=w10')
  expect(chosen()).toEqual(['web10'])
})

test('an address of a VM that is gone', async () => {
  await showGrid(four, '/?vm=gone')
  await waitFor(() => expect(chosen()).toEqual(['db']))
})

test('mouse: a click chooses one, Ctrl one more or less, Shift all between', async () => {
  await showGrid()
  const user = userEvent.setup()
  await user.click(row('web1'))
  expect(chosen()).toEqual(['web1'])
  await user.keyboard('{Control>}')
  await user.click(row('web10'))
  await user.click(row('web1'))
  expect(chosen()).toEqual(['web10'])
  await user.click(row('web10')) // the last one stays
  expect(chosen()).toEqual(['web10'])
  await user.keyboard('{/Control}{Shift>}')
  await user.click(row('web1'))
  expect(chosen()).toEqual(['web1', 'web2', 'web10'])
  await user.click(row('db'))
  expect(chosen()).toEqual(['db', 'web1', 'web2', 'web10'])
  await user.keyboard('{/Shift}')
  expect(screen.getByText('4, 4 chosen')).toBeTruthy()
})

test('keys: arrows, Shift, Ctrl+A, Home, End, blanks, and typing a name', async () => {
  await showGrid()
  const user = userEvent.setup()
  screen.getByRole('grid').focus()
  await user.keyboard('{ArrowDown}')
  expect([chosen(), active()]).toEqual([['web1'], 'web1'])
  await user.keyboard('{Shift>}{ArrowDown}{ArrowDown}{/Shift}')
  expect([chosen(), active()]).toEqual([['web1', 'web2', 'web10'], 'web10'])
  await user.keyboard('{Shift>}{ArrowUp}{/Shift}')
  expect(chosen()).toEqual(['web1', 'web2'])
  await user.keyboard('{Home}')
  expect([chosen(), active()]).toEqual([['db'], 'db'])
  await user.keyboard('{Control>}{ArrowDown}{ArrowDown} {/Control}')
  expect([chosen(), active()]).toEqual([['db', 'web2'], 'web2'])
  await user.keyboard('{Control>}a{/Control}')
  expect(chosen()).toHaveLength(4)
  await user.keyboard('{End}')
  expect(chosen()).toEqual(['web10'])
  await user.keyboard('d')
  expect(chosen()).toEqual(['db'])
})

test('columns sort, and say so', async () => {
  await showGrid()
  const header = (name: string) => screen.getByRole('columnheader', { name })
  expect(header('Name').getAttribute('aria-sort')).toBe('ascending')
  await userEvent.click(screen.getByRole('button', { name: 'Assigned memory' }))
  expect(names()).toEqual(['web2', 'db', 'web10', 'web1'])
  expect(header('Assigned memory').getAttribute('aria-sort')).toBe('descending')
  expect(header('Name').getAttribute('aria-sort')).toBe('none')
  await userEvent.click(screen.getByRole('button', { name: 'Assigned memory' }))
  expect(names()).toEqual(['web1', 'web10', 'db', 'web2'])
})

test('the search and tags narrow the list, and what is hidden is no longer chosen with others', async () => {
  await showGrid()
  screen.getByRole('grid').focus()
  await userEvent.keyboard('{Control>}a{/Control}')
  await userEvent.click(screen.getByRole('button', { name: 'lab 2' }))
  expect(names()).toEqual(['web2', 'web10'])
  await waitFor(() => expect(chosen()).toEqual(['web2', 'web10']))
  await userEvent.keyboard('/')
  await userEvent.keyboard('*10')
  await waitFor(() => expect(names()).toEqual(['web10']))
  expect(screen.getByText('1 of 4')).toBeTruthy()
  await userEvent.keyboard('x')
  expect(
    await screen.findByText(/No virtual machine has “\*10x” in its name or tags and the tag “lab”/),
  ).toBeTruthy()
  await userEvent.click(screen.getByRole('button', { name: 'Show all' }))
  expect(names()).toHaveLength(4)
  expect(chosen()).toHaveLength(1)
})

test('when all that are chosen are hidden, one stays', async () => {
  await showGrid()
  screen.getByRole('grid').focus()
  await userEvent.keyboard('{Control>}a{/Control}/no such VM')
  await userEvent.click(await screen.findByRole('button', { name: 'Show all' }))
  await waitFor(() => expect(chosen()).toHaveLength(1))
})

test('when the chosen VM is removed, the one in its place is chosen', async () => {
  await showGrid(four, '/?vm=w2')
  queryClient.setQueryData(queries.vmRows.queryKey, (rows) => rows?.filter(({ id }) => id !== 'w2'))
  await waitFor(() => expect(chosen()).toEqual(['web10']))
})

test('of 10,000 VMs only the rows that can be seen exist, and only their usage is asked for', async () => {
  const rows = Array.from({ length: 10_000 }, (_, index) =>
    vmRow({ id: `v${index}`, name: `vm${index}`, state: index % 2 ? 'running' : 'off' }),
  )
  const { api } = await showGrid(rows)
  expect(bodyRows().length).toBeLessThan(40)
  expect(screen.getByRole('grid').getAttribute('aria-rowcount')).toBe('10001')
  screen.getByRole('grid').focus()
  await userEvent.keyboard('{End}')
  await waitFor(() => expect(active()).toBe('vm9999'))
  expect(row('vm9999').getAttribute('aria-rowindex')).toBe('10001')
  expect(bodyRows().length).toBeLessThan(40)
  await waitFor(() => expect(api.calls.some(({ query }) => query.includes('vm=v9999'))).toBe(true))
  for (const { query } of api.calls.filter(({ call }) => call === 'GET /usage'))
    expect(query.split('&').length).toBeLessThan(40)
})

test('usage is shown for what runs; without a VM that runs nothing is asked', async () => {
  await showGrid()
  await waitFor(() => expect(row('web1').textContent).toContain('12%'))
  expect(row('web2').textContent).not.toContain('%')
})

test('no usage is asked for VMs that do not run', async () => {
  const { api } = await showGrid([vmRow({ state: 'off', startedAt: null })])
  await waitFor(() => expect(chosen()).toEqual(['web01']))
  expect(api.calls.filter(({ call }) => call === 'GET /usage')).toEqual([])
})

test('names and tags with markup are text; the status says what is done or wrong', async () => {
  await showGrid([
    vmRow({ id: '1', name: '<img src=x onerror=alert(1)>', tags: ['<b>bold</b>'] }),
    vmRow({ id: '2', name: 'busy', status: 'Creating Checkpoint (9%)' }),
    vmRow({ id: '3', name: 'bad', state: 'broken', brokenReason: 'The disk "/x" is gone.' }),
  ])
  expect(names()[0]).toBe('<img src=x onerror=alert(1)>')
  expect(screen.getAllByText('<b>bold</b>').length).toBeGreaterThan(0)
  expect(document.querySelector('img, b')).toBeNull()
  expect(row('busy').textContent).toContain('Creating Checkpoint (9%)')
  expect(row('bad').textContent).toContain('The disk "/x" is gone.')
})

test('right click on another VM chooses it and shows its actions; on one of several, those of all', async () => {
  await showGrid()
  await userEvent.pointer({ keys: '[MouseRight]', target: row('web2') })
  expect(chosen()).toEqual(['web2'])
  expect(await screen.findByRole('menuitem', { name: 'Pause', description: 'The VM is off.' })).toBeTruthy()
  await userEvent.keyboard('{Escape}')
  await waitFor(() => expect(screen.queryByRole('menu')).toBeNull())
  screen.getByRole('grid').focus()
  await userEvent.keyboard('{Control>}a{/Control}')
  await userEvent.pointer({ keys: '[MouseRight]', target: row('web1') })
  expect(chosen()).toHaveLength(4)
  expect(
    await screen.findByRole('menuitem', {
      name: 'Start',
      description: 'web1: The VM is already running.',
    }),
  ).toBeTruthy()
})

test('an empty host offers the first step, an error says what is wrong', async () => {
  const { unmount } = await showGrid([])
  expect(await screen.findByRole('button', { name: 'New virtual machine…' })).toBeTruthy()
  unmount()
  new FakeApi({ 'GET /vm-rows': new Refusal(500, 'internal', 'The inventory cannot be read.') })
  await show(
    <SelectionProvider>
      <VmGrid />
    </SelectionProvider>,
  )
  expect((await screen.findByRole('alert')).textContent).toContain('The inventory cannot be read.')
})
