import { screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test, vi } from 'vitest'
import type { CheckpointView } from '../../contract/checkpoint.ts'
import { checkpoint, task, vmRow } from '../testing/examples.ts'
import { FakeApi, Refusal } from '../testing/fake-api.ts'
import { show } from '../testing/render.tsx'
import ExportDialog from './export-dialog.tsx'

async function open(change: Partial<CheckpointView> = {}, answer: object = task()) {
  const api = new FakeApi({
    'GET /health': { hostName: 'hv1' },
    'POST /vms/a1/checkpoints/c1/export': answer,
  })
  const onClose = vi.fn()
  await show(<ExportDialog kind="export" vm={vmRow()} checkpoint={checkpoint(change)} onClose={onClose} />)
  return { onClose, sent: () => api.bodiesOf('POST /vms/a1/checkpoints/c1/export') }
}

test('flattened and with memory, unless something else is chosen', async () => {
  const { sent, onClose } = await open({ kind: 'standard' })
  expect(await screen.findByText(/^On the host hv1, not on this computer/)).toBeTruthy()
  await userEvent.type(screen.getByLabelText('Folder'), '/exports/web01{Enter}')
  await vi.waitFor(() => expect(onClose).toHaveBeenCalledTimes(1))
  expect(sent()).toEqual([{ folder: '/exports/web01', layout: 'flattened', memory: true }])
})

test('chained, and disks alone', async () => {
  const { sent } = await open({ kind: 'standard' })
  await userEvent.type(screen.getByLabelText('Folder'), '/exports/web01')
  await userEvent.click(screen.getByRole('radio', { name: 'Chained' }))
  await userEvent.click(screen.getByRole('checkbox', { name: /^With memory/ }))
  await userEvent.click(screen.getByRole('button', { name: 'Export' }))
  await vi.waitFor(() =>
    expect(sent()).toEqual([{ folder: '/exports/web01', layout: 'chained', memory: false }]),
  )
})

test('a checkpoint without memory asks nothing about it', async () => {
  await open()
  expect(screen.queryByRole('checkbox')).toBeNull()
})

test('a path that is not whole is refused at once', async () => {
  const { sent } = await open()
  await userEvent.type(screen.getByLabelText('Folder'), 'exports{Enter}')
  expect(screen.getByText('Write the whole path, beginning with “/”.')).toBeTruthy()
  expect(sent()).toEqual([])
})

test('a refusal leaves the dialog open with its words', async () => {
  const { onClose } = await open({}, new Refusal(409, 'folder_in_use', 'The folder holds something else.'))
  await userEvent.type(screen.getByLabelText('Folder'), '/tmp{Enter}')
  expect((await screen.findByRole('alert')).textContent).toBe('The folder holds something else.')
  expect(onClose).not.toHaveBeenCalled()
})
