import { screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test, vi } from 'vitest'
import { checkpoint, vmRow } from '../testing/examples.ts'
import { FakeApi, Refusal } from '../testing/fake-api.ts'
import { show } from '../testing/render.tsx'
import EditCheckpointDialog from './edit-checkpoint-dialog.tsx'

const expiring = checkpoint({ notes: 'Old.', expiresAt: '2999-01-02T03:04:05.678Z' })

async function open(answer: object = expiring) {
  const api = new FakeApi({ 'PATCH /vms/a1/checkpoints/c1': answer })
  const onClose = vi.fn()
  await show(
    <EditCheckpointDialog kind="edit-checkpoint" vm={vmRow()} checkpoint={expiring} onClose={onClose} />,
  )
  return { onClose, sent: () => api.bodiesOf('PATCH /vms/a1/checkpoints/c1') }
}

test('only what was changed is sent', async () => {
  const { sent, onClose } = await open()
  await userEvent.clear(screen.getByLabelText('Name'))
  await userEvent.type(screen.getByLabelText('Name'), 'New{Enter}')
  await vi.waitFor(() => expect(onClose).toHaveBeenCalledTimes(1))
  expect(sent()).toEqual([{ name: 'New' }])
})

test('notes can be emptied, and an expiry taken away', async () => {
  const { sent, onClose } = await open()
  await userEvent.clear(screen.getByLabelText('Notes'))
  await userEvent.selectOptions(screen.getByLabelText('Expires'), 'Never')
  await userEvent.click(screen.getByRole('button', { name: 'Save' }))
  await vi.waitFor(() => expect(onClose).toHaveBeenCalledTimes(1))
  expect(sent()).toEqual([{ notes: '', expiresAt: null }])
})

test('nothing changed, nothing sent', async () => {
  const { sent, onClose } = await open()
  await userEvent.click(screen.getByRole('button', { name: 'Save' }))
  expect(onClose).toHaveBeenCalledTimes(1)
  expect(sent()).toEqual([])
})

test('a refusal leaves the dialog open with its words', async () => {
  const { onClose } = await open(new Refusal(409, 'name_taken', 'The name "x" is in use.'))
  await userEvent.type(screen.getByLabelText('Name'), 'x{Enter}')
  expect((await screen.findByRole('alert')).textContent).toBe('The name "x" is in use.')
  expect(onClose).not.toHaveBeenCalled()
})

test('a blank name is refused at once', async () => {
  const { sent } = await open()
  await userEvent.clear(screen.getByLabelText('Name'))
  await userEvent.keyboard(' {Enter}')
  expect(screen.getByText('A checkpoint needs a name.')).toBeTruthy()
  expect(sent()).toEqual([])
})
