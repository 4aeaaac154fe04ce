import { act, screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test, vi } from 'vitest'
import { taskEnded } from '../tasks/task-ended.tsx'
import { task } from '../testing/examples.ts'
import { FakeApi } from '../testing/fake-api.ts'
import { show } from '../testing/render.tsx'
import NewVmDialog from './new-vm-dialog.tsx'

const started = task({ kind: 'vm.create', title: 'Creating VM', vmId: null })
const ended = { ...started, state: 'succeeded', endedAt: '2026-11-20T08:18:00.000Z', result: { id: 'n9' } }

test('a VM is created as it was described, and started afterwards', async () => {
  const api = new FakeApi({
    'POST /vms': started,
    'GET /tasks': [ended],
    'POST /vms/n9/start': task({ id: 't2' }),
  })
  const onClose = vi.fn()
  await show(<NewVmDialog kind="new-vm" onClose={onClose} />)
  const memory = screen.getByLabelText('Memory')
  await userEvent.clear(memory)
  expect(screen.getByText('Write it as 512 MiB or 2 GiB.')).toBeTruthy()
  await userEvent.type(memory, '512')
  await userEvent.click(screen.getByRole('button', { name: 'Leave out disk 1' }))
  await userEvent.click(screen.getByRole('checkbox', { name: /Start it/ }))
  await userEvent.type(screen.getByRole('combobox', { name: 'Tags' }), 'web{Enter}')
  expect(api.calls).toEqual([])
  await userEvent.type(screen.getByLabelText(/^Name/), '<b>web09</b>{Enter}')
  await vi.waitFor(() => expect(onClose).toHaveBeenCalledTimes(1))
  expect(api.bodiesOf('POST /vms')).toMatchObject([
    { name: '<b>web09</b>', memoryMiB: 512, cpus: 2, disks: [], boot: null, tags: ['web'] },
  ])
  expect(api.bodiesOf('POST /vms/n9/start')).toHaveLength(1)
})

test('what the task ends with is said at the form, and nothing is lost', async () => {
  const error = { code: 'name_taken', message: 'There is a VM named "web01" already.', details: {} }
  const failed = { ...ended, state: 'failed', error } as const
  new FakeApi({ 'POST /vms': started, 'GET /tasks': [failed] })
  const onClose = vi.fn()
  const { unmount } = await show(<NewVmDialog kind="new-vm" onClose={onClose} />)
  await userEvent.type(screen.getByLabelText(/^Name/), 'web01{Enter}')
  const alert = await screen.findByRole('alert')
  expect(within(alert).getByText(error.message)).toBeTruthy()
  expect(onClose).not.toHaveBeenCalled()
  expect(screen.getByLabelText(/^Name/)).toHaveProperty('value', 'web01')
  expect(screen.getByRole('button', { name: 'Create' })).toHaveProperty('disabled', false)

  // Told here, it is not told in the corner as well; what fails without an open dialog is.
  act(() => taskEnded(failed))
  expect(screen.getAllByText(error.message)).toHaveLength(1)
  unmount()
  await show(<div />)
  act(() => taskEnded({ ...failed, id: 't9' }))
  expect(await screen.findByText(error.message)).toBeTruthy()
})
