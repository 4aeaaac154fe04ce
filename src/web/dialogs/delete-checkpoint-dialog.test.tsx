import { screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test, vi } from 'vitest'
import type { CheckpointView } from '../../contract/checkpoint.ts'
import { checkpoint, task, vmRow } from '../testing/examples.ts'
import { FakeApi, Refusal } from '../testing/fake-api.ts'
import { show } from '../testing/render.tsx'
import DeleteCheckpointDialog from './delete-checkpoint-dialog.tsx'

const root = checkpoint({ id: 'c0', name: 'root', isNowParent: false, diskBytes: 4096 })
const middle = checkpoint({
  id: 'c1',
  name: '<b>mid</b>',
  parentId: 'c0',
  isNowParent: false,
  diskBytes: 1024,
})
const other = checkpoint({ id: 'c2', name: 'other', parentId: 'c1', isNowParent: false, diskBytes: 1024 })
const last = checkpoint({ id: 'c3', name: 'last', parentId: 'c1', diskBytes: 1024, memoryBytes: 1024 })
const tree = [root, middle, other, last]

async function open(
  target: CheckpointView,
  subtree: boolean,
  answers: ConstructorParameters<typeof FakeApi>[0] = {},
) {
  const api = new FakeApi({
    'GET /vms/a1/checkpoints': tree,
    'GET /vms/a1/discarded': [],
    [`DELETE /vms/a1/checkpoints/${target.id}`]: task(),
    ...answers,
  })
  const onClose = vi.fn()
  await show(
    <DeleteCheckpointDialog
      kind="delete-checkpoint"
      vm={vmRow()}
      checkpoint={target}
      subtree={subtree}
      onClose={onClose}
    />,
  )
  const queriesSent = () =>
    api.calls.filter(({ call }) => call.startsWith('DELETE')).map(({ query }) => query)
  return { onClose, queriesSent }
}

test('the safest button has the focus, and Escape deletes nothing', async () => {
  const { onClose, queriesSent } = await open(last, false)
  await vi.waitFor(() => expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Cancel' })))
  await userEvent.keyboard('{Escape}')
  expect(onClose).toHaveBeenCalledTimes(1)
  expect(queriesSent()).toEqual([])
})

test('data that Now needs is merged; Now then hangs under the parent', async () => {
  const { onClose, queriesSent } = await open(last, false)
  expect(await screen.findByText(/^Merged in the background with those of Now/)).toBeTruthy()
  expect(screen.getByText('Now then hangs under “<b>mid</b>”.')).toBeTruthy()
  expect(screen.getByText(/^Removed, up to 1 KiB/)).toBeTruthy()
  await userEvent.click(screen.getByRole('button', { name: 'Delete' }))
  await vi.waitFor(() => expect(onClose).toHaveBeenCalledTimes(1))
  expect(queriesSent()).toEqual([''])
})

test('what several need is kept', async () => {
  await open(middle, false)
  expect(await screen.findByText(/^Kept as an internal layer, which “other” and “last” share/)).toBeTruthy()
})

test('a leaf is dropped', async () => {
  await open(other, false)
  expect(await screen.findByText(/^Dropped: nothing hangs under it/)).toBeTruthy()
})

test('a discarded state needs its data, too', async () => {
  await open(other, false, { 'GET /vms/a1/discarded': [{ id: 'd1', parentId: 'c2' }] })
  expect(await screen.findByText(/^Merged in the background with those of a discarded state/)).toBeTruthy()
})

test('a subtree is listed, indented, with what leads to Now', async () => {
  const { onClose, queriesSent } = await open(middle, true)
  expect(await screen.findByRole('button', { name: 'Delete 3 checkpoints' })).toBeTruthy()
  const rows = within(screen.getByRole('list', { name: 'Checkpoints that are deleted' })).getAllByRole(
    'listitem',
  )
  expect(rows.map(({ firstChild }) => firstChild?.textContent)).toEqual(['<b>mid</b>', 'other', 'last'])
  expect(rows.map((row) => row.hasAttribute('data-to-now'))).toEqual([true, false, true])
  expect(rows[2]?.textContent).toContain('Now hangs here')
  expect(screen.getByText(/^Up to 4 KiB will be freed/)).toBeTruthy()
  expect(screen.getByText('Is not touched, and then hangs under “root”.')).toBeTruthy()
  await userEvent.click(screen.getByRole('button', { name: 'Delete 3 checkpoints' }))
  await vi.waitFor(() => expect(onClose).toHaveBeenCalledTimes(1))
  expect(queriesSent()).toEqual(['?subtree=true'])
})

test('a refusal leaves the dialog open with its words', async () => {
  const { onClose } = await open(other, false, {
    'DELETE /vms/a1/checkpoints/c2': new Refusal(409, 'vm_unsettled', 'Not now.'),
  })
  await userEvent.click(screen.getByRole('button', { name: 'Delete' }))
  expect((await screen.findByRole('alert')).textContent).toBe('Not now.')
  expect(onClose).not.toHaveBeenCalled()
})
