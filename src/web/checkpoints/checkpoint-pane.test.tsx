import { screen, waitFor, within } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { expect, test } from 'vitest'
import type { CheckpointView } from '../../contract/checkpoint.ts'
import type { DiscardedView } from '../../contract/discarded.ts'
import { queries } from '../api/queries.ts'
import { queryClient } from '../api/query-client.ts'
import { SelectionProvider } from '../app/selection.tsx'
import { checkpoint, vmRow } from '../testing/examples.ts'
import { FakeApi, Refusal } from '../testing/fake-api.ts'
import { show } from '../testing/render.tsx'
import { CheckpointPane } from './checkpoint-pane.tsx'

const minute = (minutes: number) => new Date(Date.UTC(2026, 10, 20, 8, minutes)).toISOString()
const one = (id: string, parentId: string | null, change: Partial<CheckpointView> = {}) =>
  checkpoint({
    id,
    name: id,
    parentId,
    isNowParent: false,
    createdAt: minute(Number(id.slice(1)) || 0),
    ...change,
  })

/** c1 ─┬─ c2 ── c3,  c1 ─── c4 ── Now */
const branched = [one('c1', null), one('c2', 'c1'), one('c3', 'c2'), one('c4', 'c1', { isNowParent: true })]

async function showPane(
  checkpoints: readonly CheckpointView[],
  more: Record<string, object> = {},
  chosen = '',
) {
  const api = new FakeApi({
    'GET /vm-rows': [vmRow()],
    'GET /vms/a1': { settings: { checkpointPolicy: 'Production', undoHours: 24 }, undo: null },
    'GET /vms/a1/checkpoints': checkpoints,
    'GET /vms/a1/discarded': [],
    ...more,
  })
  const { router } = await show(
    <SelectionProvider>
      <CheckpointPane />
    </SelectionProvider>,
    `/?vm=a1${chosen && `&checkpoint=${chosen}`}`,
  )
  return { api, router, user: userEvent.setup() }
}

const row = (name: RegExp) => screen.findByRole('treeitem', { name })
const rowNames = () =>
  screen.getAllByRole('treeitem').map((each) => each.querySelector('[title]')?.getAttribute('title'))
const chosen = () =>
  screen.getAllByRole('treeitem').find((each) => each.getAttribute('aria-selected') === 'true')?.dataset.row

test('the tree is drawn with roles, levels and places among siblings', async () => {
  await showPane(branched)
  await row(/^c1/)
  expect(rowNames()).toEqual(['c1', 'c2', 'c3', 'c4', 'Now'])
  const c2 = await row(/^c2/)
  expect(c2.getAttribute('aria-level')).toBe('2')
  expect(c2.getAttribute('aria-posinset')).toBe('1')
  expect(c2.getAttribute('aria-setsize')).toBe('2')
  expect(c2.getAttribute('aria-expanded')).toBe('true')
  expect((await row(/^c3/)).hasAttribute('aria-expanded')).toBe(false)
  expect((await row(/^Now Running/)).getAttribute('aria-current')).toBe('true')
})

test('keys walk the tree, close and open branches, and find names', async () => {
  const { user } = await showPane(branched)
  await row(/^c1/)
  screen.getByRole('tree').focus()
  await user.keyboard('{ArrowDown}')
  await waitFor(() => expect(chosen()).toBe('now'))
  await user.keyboard('{Home}')
  await waitFor(() => expect(chosen()).toBe('c1'))
  await user.keyboard('{ArrowRight}')
  await waitFor(() => expect(chosen()).toBe('c2'))
  expect(screen.getByRole('tree').getAttribute('aria-activedescendant')).toBe((await row(/^c2/)).id)
  await user.keyboard('{ArrowLeft}')
  await waitFor(() => expect(rowNames()).toEqual(['c1', 'c2', 'c4', 'Now']))
  await user.keyboard('{ArrowRight}')
  await waitFor(() => expect(rowNames()).toContain('c3'))
  await user.keyboard('c4')
  await waitFor(() => expect(chosen()).toBe('c4'))
  expect(document.activeElement).toBe(screen.getByRole('tree'))
})

test('closing a branch chooses its head when what was chosen is in it', async () => {
  const { user } = await showPane(branched, {}, 'c3')
  const c2 = await row(/^c2/)
  await user.click(c2.querySelector('svg.tabler-icon-chevron-down') ?? c2)
  await waitFor(() => expect(chosen()).toBe('c2'))
  expect(within(c2).getByText('1 hidden')).toBeTruthy()
})

test('F2 renames in place: a refusal stays at the field, Enter saves, focus goes back to the tree', async () => {
  let refused = true
  const { user, api } = await showPane(
    branched,
    {
      'PATCH /vms/a1/checkpoints/c2': (body: unknown) => {
        if (refused) return new Refusal(409, 'vm_unsettled', 'The VM is not in order.')
        return { ...one('c2', 'c1'), ...(body as object) } // as it was sent
      },
    },
    'c2',
  )
  await row(/^c2/)
  screen.getByRole('tree').focus()
  await user.keyboard('{F2}')
  const field = await screen.findByRole('textbox', { name: 'New name of c2' })
  expect(document.activeElement).toBe(field)
  await user.keyboard('With <b>markup</b>{Enter}')
  expect((await screen.findByRole('alert')).textContent).toBe('The VM is not in order.')
  expect(field.getAttribute('aria-invalid')).toBe('true')
  refused = false
  await user.keyboard('{Enter}')
  expect(await row(/^With <b>markup<\/b>/)).toBeTruthy()
  expect(api.bodiesOf('PATCH /vms/a1/checkpoints/c2').at(-1)).toEqual({ name: 'With <b>markup</b>' })
  expect(document.querySelector('b')).toBeNull()
  expect(document.activeElement).toBe(screen.getByRole('tree'))
})

test('a name that cannot be is refused before it is sent; Escape leaves the old one', async () => {
  const { user, api } = await showPane(branched, {}, 'c2')
  await row(/^c2/)
  screen.getByRole('tree').focus()
  await user.keyboard('{F2}')
  await user.keyboard('{Backspace}{Enter}')
  expect((await screen.findByRole('alert')).textContent).toBe('The name of a checkpoint cannot be blank.')
  await user.keyboard('{Escape}')
  await waitFor(() => expect(screen.queryByRole('textbox')).toBeNull())
  expect(await row(/^c2/)).toBeTruthy()
  expect(api.calls.filter(({ call }) => call.startsWith('PATCH'))).toEqual([])
})

test('a fallback and a crash-consistent state are shown, in the tree and in the details', async () => {
  const record = {
    ...checkpoint().record,
    consistency: 'crash' as const,
    fallbackReason: 'the guest agent did not answer <i>in time</i>',
  }
  const { user } = await showPane(
    [one('c1', null, { isNowParent: true, notes: '<u>note</u>', record })],
    {},
    'c1',
  )
  const item = await row(/Fallback: the guest agent did not answer/)
  expect(within(item).getByText('Fallback')).toBeTruthy()
  expect(within(item).getByText('crash consistent')).toBeTruthy()
  screen.getByRole('tree').focus()
  await user.keyboard('{Enter}')
  const details = await screen.findByRole('region', { name: 'Details of c1' })
  expect(within(details).getByText('the guest agent did not answer <i>in time</i>')).toBeTruthy()
  expect(within(details).getByText('<u>note</u>')).toBeTruthy()
  expect(within(details).getByText(/as after a power cut/)).toBeTruthy()
  await user.click(within(details).getByRole('button', { name: 'Close details' }))
  expect(document.activeElement).toBe(screen.getByRole('tree'))
})

test('a discarded state hangs where it was, until when it is kept, and offers the undo alone', async () => {
  const discarded: DiscardedView = {
    ...{ id: 'd1', vmId: 'a1', parentId: 'c2', name: 'Before c1 was applied', applied: 'c1', cause: 'apply' },
    ...{ discardedAt: minute(30), expiresAt: minute(1470), powerState: 'off', consistency: 'file-system' },
    ...{ diskBytes: 4096, memoryBytes: null },
  }
  const { user } = await showPane(branched, { 'GET /vms/a1/discarded': [discarded] })
  const item = await row(/^Before c1 was applied Discarded/)
  expect(item.getAttribute('aria-level')).toBe('3')
  await user.pointer({ keys: '[MouseRight]', target: item })
  expect((await screen.findAllByRole('menuitem')).map(({ textContent }) => textContent)).toEqual([
    expect.stringContaining('Undo apply…'),
  ])
})

test('a checkpoint in the making stands where it will be, with its percent', async () => {
  await showPane(branched, { 'GET /vm-rows': [vmRow({ status: 'Creating Checkpoint (9%)' })] })
  await row(/^c1/)
  expect(rowNames()).toEqual(['c1', 'c2', 'c3', 'c4', 'Creating Checkpoint (9%)', 'Now'])
})

test('what cannot be done says why', async () => {
  await showPane(branched, {
    'GET /vms/a1': { settings: { checkpointPolicy: 'Disabled', undoHours: 0 }, undo: null },
  })
  await row(/^c1/)
  const button = await screen.findByRole('button', {
    name: 'Checkpoint',
    description: 'Checkpoints are disabled for it; change its checkpoint policy first.',
  })
  expect(button.getAttribute('aria-disabled')).toBe('true')
  expect(screen.getByRole('button', { name: 'Undo apply', description: /nothing to undo/ })).toBeTruthy()
  expect(screen.getByRole('button', { name: 'Apply', description: /Choose a checkpoint/ })).toBeTruthy()
})

test('without checkpoints it says what they are; without an answer, what the daemon said; and tries again', async () => {
  const { api, user } = await showPane([])
  expect(await screen.findByText('No checkpoints yet')).toBeTruthy()
  api.answers['GET /vms/a1/checkpoints'] = new Refusal(500, 'internal', 'The store could not be read.')
  queryClient.removeQueries({ queryKey: queries.checkpoints('a1').queryKey })
  await queryClient.refetchQueries({ queryKey: queries.checkpoints('a1').queryKey })
  await showPane([], {
    'GET /vms/a1/checkpoints': new Refusal(500, 'internal', 'The store could not be read.'),
  })
  expect((await screen.findByRole('alert')).textContent).toContain('The store could not be read.')
  new FakeApi({ ...api.answers, 'GET /vms/a1/checkpoints': branched })
  await user.click(screen.getByRole('button', { name: 'Try again' }))
  expect(await row(/^c1/)).toBeTruthy()
})

test('internal layers are shown on demand', async () => {
  const layer = { diskId: 'disk0', linked: false, sizeBytes: 4096, isActive: false, states: [] as object[] }
  const layers = [
    { ...layer, id: 'L1', parentId: null, states: [{ id: 'c1', name: 'c1' }] },
    { ...layer, id: 'L2', parentId: 'L1' },
    { ...layer, id: 'L3', parentId: 'L2', states: [{ id: 'c2', name: 'c2' }] },
    { ...layer, id: 'L4', parentId: 'L2', states: [{ id: 'c4', name: 'c4' }] },
  ]
  const { user } = await showPane(branched, { 'GET /vms/a1/layers': layers })
  await row(/^c1/)
  expect(rowNames()).not.toContain('Internal layer')
  await user.click(screen.getByRole('switch', { name: 'Show internal layers' }))
  await row(/^Internal layer/)
  expect(rowNames()).toEqual(['c1', 'Internal layer', 'c2', 'c3', 'c4', 'Now'])
  expect((await row(/^c2/)).getAttribute('aria-level')).toBe('3')
})

test('of a long tree only what is seen is drawn, and what is chosen', async () => {
  const chain = Array.from({ length: 1000 }, (_, at) => one(`c${at + 1}`, at === 0 ? null : `c${at}`))
  await showPane(chain, {}, 'c900')
  expect(await row(/^c900 /)).toBeTruthy()
  expect(screen.getAllByRole('treeitem').length).toBeLessThan(100)
})
