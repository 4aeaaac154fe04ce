import { screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test, vi } from 'vitest'
import { task, vmRow } from '../testing/examples.ts'
import { FakeApi, Refusal } from '../testing/fake-api.ts'
import { show } from '../testing/render.tsx'
import StopDialog from './stop-dialog.tsx'

const db01 = vmRow({ id: 'b2', name: '<b>db01</b>' })
const paused = vmRow({ id: 'c3', name: 'mail', state: 'paused' })

test('several are asked to shut down; one that is off already is left alone', async () => {
  const api = new FakeApi({ 'POST /vms/a1/stop': task(), 'POST /vms/b2/stop': task({ id: 't2' }) })
  const onClose = vi.fn()
  await show(
    <StopDialog kind="stop" vms={[vmRow(), db01, vmRow({ id: 'd4', state: 'off' })]} onClose={onClose} />,
  )
  expect(screen.getByText('<b>db01</b>')).toBeTruthy()
  expect(screen.getByText(/1 more VM is off already/)).toBeTruthy()
  await userEvent.clear(screen.getByLabelText(/Wait for at most/))
  await userEvent.type(screen.getByLabelText(/Wait for at most/), '30{Enter}')
  await vi.waitFor(() => expect(onClose).toHaveBeenCalledTimes(1))
  expect(api.calls.map(({ call }) => call)).toEqual(['POST /vms/a1/stop', 'POST /vms/b2/stop'])
  expect(api.bodiesOf('POST /vms/a1/stop')).toEqual([{ force: false, timeoutSeconds: 30 }])
})

test('one that does not run can only be turned off, and the reason is said', async () => {
  const api = new FakeApi({ 'POST /vms/c3/stop': task() })
  await show(<StopDialog kind="stop" vms={[paused]} onClose={() => {}} />)
  expect(screen.getByRole('radio', { name: 'Shut down' })).toHaveProperty('disabled', true)
  expect(screen.getByText(/the VM is paused, so its guest cannot answer/)).toBeTruthy()
  await userEvent.click(screen.getByRole('button', { name: 'Turn off' }))
  expect(api.bodiesOf('POST /vms/c3/stop')).toEqual([{ force: true }])
})

test('what was refused stays, with the reason; only that is tried again', async () => {
  const api = new FakeApi({
    'POST /vms/a1/stop': task(),
    'POST /vms/b2/stop': new Refusal(409, 'vm_state', 'VM "db01" is busy.'),
  })
  const onClose = vi.fn()
  await show(<StopDialog kind="stop" vms={[vmRow(), db01]} onClose={onClose} />)
  await userEvent.click(screen.getByRole('button', { name: 'Shut down' }))
  const alert = await screen.findByRole('alert')
  expect(alert.textContent).toContain('Done for 1 of 2')
  expect(alert.textContent).toContain('<b>db01</b>: VM "db01" is busy.')
  expect(onClose).not.toHaveBeenCalled()
  await userEvent.click(screen.getByRole('button', { name: 'Shut down' }))
  await vi.waitFor(() => expect(api.bodiesOf('POST /vms/b2/stop')).toHaveLength(2))
  expect(api.bodiesOf('POST /vms/a1/stop')).toHaveLength(1)
})
