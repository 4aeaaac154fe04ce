import { screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test, vi } from 'vitest'
import { task, vmRow } from '../testing/examples.ts'
import { FakeApi } from '../testing/fake-api.ts'
import { show } from '../testing/render.tsx'
import RemoveVmDialog from './remove-vm-dialog.tsx'

const off = vmRow({ name: '<i>web01</i>', state: 'off', checkpointCount: 3 })
const ended = (change: object) =>
  task({ kind: 'vm.remove', endedAt: '2026-11-20T08:18:00.000Z', state: 'succeeded', ...change })
const button = () => screen.getByRole<HTMLButtonElement>('button', { name: 'Remove' })

test('the name has to be typed; what goes with the VM is said', async () => {
  const api = new FakeApi({ 'DELETE /vms/a1': task({ id: 't1' }), 'GET /tasks': [ended({ id: 't1' })] })
  const onClose = vi.fn()
  await show(<RemoveVmDialog kind="remove-vm" vms={[off]} onClose={onClose} />)
  expect(screen.getByText(/Its disks and 3 checkpoints are deleted/)).toBeTruthy()
  expect(button().disabled).toBe(true)
  const field = screen.getByRole('textbox')
  await userEvent.type(field, '<i>web0')
  expect(button().disabled).toBe(true)
  await userEvent.type(field, '{Enter}')
  expect(api.calls).toEqual([])
  await userEvent.type(field, '1</i>')
  expect(button().disabled).toBe(false)
  await userEvent.type(field, '{Enter}')
  await vi.waitFor(() => expect(onClose).toHaveBeenCalledTimes(1))
  expect(api.calls[0]).toMatchObject({ call: 'DELETE /vms/a1', query: '?confirm=true' })
})

test('of several, their number is typed; a task that fails keeps the dialog with what is left', async () => {
  const api = new FakeApi({
    'DELETE /vms/a1': task({ id: 't1' }),
    'DELETE /vms/b2': task({ id: 't2' }),
    'GET /tasks': [
      ended({ id: 't1' }),
      ended({
        id: 't2',
        state: 'failed',
        error: { code: 'vm_state', message: 'An export reads it.', details: {} },
      }),
    ],
  })
  const onClose = vi.fn()
  const vms = [off, vmRow({ id: 'b2', name: 'db01', state: 'off' })]
  await show(<RemoveVmDialog kind="remove-vm" vms={vms} onClose={onClose} />)
  await userEvent.type(screen.getByRole('textbox'), '2{Enter}')
  expect((await screen.findByRole('alert')).textContent).toContain('db01: An export reads it.')
  expect(onClose).not.toHaveBeenCalled()
  expect(screen.getByRole('dialog', { name: 'Remove db01' })).toBeTruthy()
  expect(button().disabled).toBe(true)
  expect(api.bodiesOf('DELETE /vms/a1')).toHaveLength(1)
})

test('one that runs is not removed', async () => {
  await show(<RemoveVmDialog kind="remove-vm" vms={[vmRow()]} onClose={() => {}} />)
  expect(screen.getByText(/the VM is running. Stop it first/)).toBeTruthy()
  expect(screen.getByRole('textbox')).toHaveProperty('disabled', true)
})
