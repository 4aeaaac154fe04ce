import { screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test, vi } from 'vitest'
import { vmView } from '../../../test/fixtures/views.ts'
import type { VmView } from '../../contract/vm.ts'
import { defaultSettings } from '../../vm/settings.ts'
import { task, vmRow } from '../testing/examples.ts'
import { FakeApi, Refusal } from '../testing/fake-api.ts'
import { guardsView } from '../testing/guards.ts'
import { show } from '../testing/render.tsx'
import CreateCheckpointDialog from './create-checkpoint-dialog.tsx'

const none = guardsView({ evidence: [] })

async function open(vm: Partial<VmView> = {}, answers: ConstructorParameters<typeof FakeApi>[0] = {}) {
  const api = new FakeApi({
    'GET /vms/a1': vmView({ id: 'a1', name: 'web01', state: 'running', ...vm }),
    'GET /vms/a1/guards': none,
    'POST /vms/a1/checkpoints': task(),
    ...answers,
  })
  const onClose = vi.fn()
  await show(<CreateCheckpointDialog kind="create-checkpoint" vms={[vmRow()]} onClose={onClose} />)
  return { api, onClose, sent: () => api.bodiesOf('POST /vms/a1/checkpoints') }
}

async function openTwo(answers: ConstructorParameters<typeof FakeApi>[0]) {
  const api = new FakeApi({
    'GET /vms/a1': vmView({ id: 'a1', name: 'web01', state: 'running' }),
    'GET /vms/b2': vmView({ id: 'b2', name: 'db01', state: 'off' }),
    'GET /vms/a1/guards': none,
    'GET /vms/b2/guards': { ...guardsView({ evidence: ['port 5432 is open'] }), vmName: 'db01' },
    ...answers,
  })
  const onClose = vi.fn()
  const vms = [vmRow(), vmRow({ id: 'b2', name: 'db01', state: 'off' })]
  await show(<CreateCheckpointDialog kind="create-checkpoint" vms={vms} onClose={onClose} />)
  return { api, onClose }
}

test('Enter creates; without a name the daemon gives the default one, which is shown', async () => {
  const { sent, onClose } = await open()
  const name = screen.getByLabelText('Name')
  await vi.waitFor(() => expect(document.activeElement).toBe(name))
  expect(name.getAttribute('placeholder')).toMatch(/^web01 - \(\d+\/\d+\/\d{4} - \d+:\d\d:\d\d [AP]M\)$/)
  await userEvent.keyboard('{Enter}')
  await vi.waitFor(() => expect(onClose).toHaveBeenCalledTimes(1))
  expect(sent()).toEqual([{ notes: '' }])
})

test('name, notes and expiry are sent as they were entered', async () => {
  const { sent, onClose } = await open()
  await userEvent.type(screen.getByLabelText('Name'), ' <b>Before</b> ')
  await userEvent.type(screen.getByLabelText('Notes'), 'Two{Enter}lines')
  await userEvent.selectOptions(screen.getByLabelText('Expires'), 'At a date')
  const at = screen.getByLabelText('Date and time')
  await userEvent.clear(at)
  await userEvent.click(screen.getByRole('button', { name: 'Create' }))
  expect(screen.getByText('Write a date and a time.')).toBeTruthy()
  expect(sent()).toEqual([])
  await userEvent.type(at, '2999-01-02T03:04')
  await userEvent.click(screen.getByRole('button', { name: 'Create' }))
  await vi.waitFor(() => expect(onClose).toHaveBeenCalledTimes(1))
  const expiresAt = new Date(2999, 0, 2, 3, 4).toISOString()
  expect(sent()).toEqual([{ name: '<b>Before</b>', notes: 'Two\nlines', expiresAt }])
})

test('where the settings let checkpoints expire, never is something to say', async () => {
  const { sent } = await open({ settings: { ...defaultSettings, maxCheckpointAgeDays: 30 } })
  expect(await screen.findByText('As the settings say: after 30 days')).toBeTruthy()
  await userEvent.selectOptions(screen.getByLabelText('Expires'), 'Never')
  await userEvent.click(screen.getByRole('button', { name: 'Create' }))
  await vi.waitFor(() => expect(sent()).toEqual([{ notes: '', expiresAt: null }]))
})

test('it says which kind is created, and what comes instead', async () => {
  await open()
  expect(
    await screen.findByText(/^A production checkpoint: .* a standard one is created instead/),
  ).toBeTruthy()
})

test('where none can be created, the reason is said and nothing is sent', async () => {
  const { sent } = await open({ settings: { ...defaultSettings, maxCheckpoints: 3 }, checkpointCount: 3 })
  expect(await screen.findByText(/it has 3 checkpoints, and its settings allow 3/)).toBeTruthy()
  expect(screen.getByRole('button', { name: 'Create' })).toHaveProperty('disabled', true)
  await userEvent.type(screen.getByLabelText('Name'), 'x{Enter}')
  expect(sent()).toEqual([])
})

test('a refusal leaves the dialog open with its words and what was entered', async () => {
  const { onClose } = await open(
    {},
    { 'POST /vms/a1/checkpoints': new Refusal(409, 'name_taken', 'The name "x" is in use.') },
  )
  await userEvent.type(screen.getByLabelText('Name'), 'x{Enter}')
  expect((await screen.findByRole('alert')).textContent).toBe('The name "x" is in use.')
  expect(screen.getByLabelText('Name')).toHaveProperty('value', 'x')
  expect(onClose).not.toHaveBeenCalled()
})

test('a risk is shown with its remedy, and confirmed where that is asked for', async () => {
  const { sent, onClose } = await open({}, { 'GET /vms/a1/guards': guardsView({ onCreate: 'confirm' }) })
  expect(await screen.findByText(/Drain it first\./)).toBeTruthy()
  await userEvent.click(screen.getByRole('button', { name: 'Create' }))
  expect(sent()).toEqual([])
  await userEvent.click(screen.getByLabelText(/I have read this/))
  await userEvent.click(screen.getByRole('button', { name: 'Create' }))
  await vi.waitFor(() => expect(onClose).toHaveBeenCalledTimes(1))
  expect(sent()).toEqual([{ notes: '', confirmGuards: true }])
})

test('of several VMs each gets one by the same name; who is at risk is named', async () => {
  const { api, onClose } = await openTwo({
    'POST /vms/a1/checkpoints': task(),
    'POST /vms/b2/checkpoints': task({ id: 't2' }),
  })
  expect(await screen.findByText('db01: port 5432 is open')).toBeTruthy()
  expect(screen.getByText(/^An offline checkpoint/)).toBeTruthy()
  await userEvent.type(screen.getByLabelText('Name of each'), 'Patch{Enter}')
  await vi.waitFor(() => expect(onClose).toHaveBeenCalledTimes(1))
  expect(api.bodiesOf('POST /vms/a1/checkpoints')).toEqual([{ name: 'Patch', notes: '' }])
  expect(api.bodiesOf('POST /vms/b2/checkpoints')).toEqual([{ name: 'Patch', notes: '' }])
})

test('what guards forbid on one VM does not stand in the way of the others', async () => {
  const { api } = await openTwo({
    'GET /vms/a1/guards': guardsView({ onCreate: 'confirm' }),
    'GET /vms/b2/guards': { ...guardsView({ onCreate: 'forbid' }), vmName: 'db01' },
    'POST /vms/a1/checkpoints': task(),
    'POST /vms/b2/checkpoints': new Refusal(409, 'guard_forbidden', 'It is forbidden.', { guards: [] }),
  })
  expect(await screen.findByText(/forbidden by the settings/)).toBeTruthy()
  await userEvent.click(screen.getByLabelText('I have read this'))
  await userEvent.click(screen.getByRole('button', { name: 'Create' }))
  expect((await screen.findByRole('alert')).textContent).toMatch(/db01: It is forbidden\./)
  expect(api.bodiesOf('POST /vms/a1/checkpoints')).toEqual([{ notes: '', confirmGuards: true }])
  expect(screen.getByRole('button', { name: 'Create' })).toHaveProperty('disabled', true)
})

test('what has begun is not asked for again when another VM was refused', async () => {
  const { api, onClose } = await openTwo({
    'POST /vms/a1/checkpoints': task(),
    'POST /vms/b2/checkpoints': new Refusal(409, 'vm_broken', 'VM "db01" is broken.'),
  })
  await userEvent.click(screen.getByRole('button', { name: 'Create' }))
  expect((await screen.findByRole('alert')).textContent).toMatch(/db01: VM "db01" is broken\./)
  await userEvent.click(screen.getByRole('button', { name: 'Create' }))
  await vi.waitFor(() => expect(api.bodiesOf('POST /vms/b2/checkpoints')).toHaveLength(2))
  expect(api.bodiesOf('POST /vms/a1/checkpoints')).toHaveLength(1)
  expect(onClose).not.toHaveBeenCalled()
})
