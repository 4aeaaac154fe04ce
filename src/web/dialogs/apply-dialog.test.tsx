import { screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test, vi } from 'vitest'
import { vmView } from '../../../test/fixtures/views.ts'
import type { CheckpointView } from '../../contract/checkpoint.ts'
import type { VmView } from '../../contract/vm.ts'
import { defaultSettings } from '../../vm/settings.ts'
import { checkpoint, task, vmRow } from '../testing/examples.ts'
import { FakeApi, Refusal } from '../testing/fake-api.ts'
import { guardsView } from '../testing/guards.ts'
import { show } from '../testing/render.tsx'
import ApplyDialog from './apply-dialog.tsx'

const standard = checkpoint({
  id: 'c2',
  name: '<i>Before</i>',
  kind: 'standard',
  isNowParent: false,
  memoryBytes: 4096,
  memoryMiB: 2048,
  disks: [],
})

async function open(
  target: CheckpointView = standard,
  vm: Partial<VmView> = {},
  answers: ConstructorParameters<typeof FakeApi>[0] = {},
) {
  const api = new FakeApi({
    'GET /vms/a1': vmView({ id: 'a1', name: 'web01', state: 'running', ...vm }),
    'GET /vms/a1/checkpoints': [checkpoint(), standard],
    'GET /vms/a1/guards': guardsView(),
    'POST /vms/a1/checkpoints/c1/apply': task(),
    'POST /vms/a1/checkpoints/c2/apply': task(),
    ...answers,
  })
  const onClose = vi.fn()
  await show(<ApplyDialog kind="apply" vm={vmRow()} checkpoint={target} onClose={onClose} />)
  await screen.findByText('Afterwards')
  return { api, onClose, sent: () => api.bodiesOf(`POST /vms/a1/checkpoints/${target.id}/apply`) }
}

const button = (name: string) => screen.getByRole('button', { name })

test('there are exactly three choices, and the safest has the focus', async () => {
  await open()
  const names = screen.getAllByRole('button').map(({ textContent }) => textContent)
  expect(names).toEqual(['Create checkpoint and apply', 'Apply', 'Cancel'])
  await vi.waitFor(() => expect(document.activeElement).toBe(button('Cancel')))
})

test('Create checkpoint and apply asks for both', async () => {
  const { sent, onClose } = await open()
  await userEvent.click(button('Create checkpoint and apply'))
  await vi.waitFor(() => expect(onClose).toHaveBeenCalledTimes(1))
  expect(sent()).toEqual([{ checkpointFirst: true, confirm: true }])
})

test('Apply creates no checkpoint', async () => {
  const { sent, onClose } = await open()
  await userEvent.click(button('Apply'))
  await vi.waitFor(() => expect(onClose).toHaveBeenCalledTimes(1))
  expect(sent()).toEqual([{ checkpointFirst: false, confirm: true }])
})

test('Cancel and Escape send nothing', async () => {
  const { api, onClose } = await open()
  await userEvent.click(button('Cancel'))
  await userEvent.keyboard('{Escape}')
  expect(onClose).toHaveBeenCalledTimes(2)
  expect(api.calls.filter(({ call }) => !call.startsWith('GET'))).toEqual([])
})

test('it says what comes back, what goes, and that it can be undone', async () => {
  await open()
  const dialog = within(screen.getByRole('dialog', { name: 'Apply “<i>Before</i>” to web01?' }))
  expect(dialog.getByText('The VM runs on from that exact instant.')).toBeTruthy()
  expect(dialog.getByText(/Possible until .* \(24 hours\), as long as it is among the 4 newest/)).toBeTruthy()
  expect(
    dialog.getByText(
      'Memory 2 GiB instead of 512 MiB; 2 processors instead of 1; disk disk0 (20 GiB), which was added since, goes with the current state.',
    ),
  ).toBeTruthy()
})

test('without memory the VM is off afterwards, and how its disks are is said', async () => {
  await open(checkpoint({ id: 'c2' }), {}, { 'GET /vms/a1/checkpoints': [checkpoint({ id: 'c2' })] })
  expect(
    screen.getByText(/^The VM is turned off at once and stays off\. The file systems were complete/),
  ).toBeTruthy()
})

test('the checkpoint that Now hangs under is reverted to', async () => {
  await open(checkpoint())
  expect(screen.getByRole('dialog', { name: 'Revert web01 to “Before the patch”?' })).toBeTruthy()
})

test('an undo time of 0 hours is a warning', async () => {
  await open(standard, { settings: { ...defaultSettings, undoHours: 0 } })
  expect(screen.getByText(/^Not possible: the undo time of this VM is 0 hours/)).toBeTruthy()
})

test('no checkpoint can be created first where checkpoints are disabled', async () => {
  await open(standard, { settings: { ...defaultSettings, checkpointPolicy: 'Disabled' } })
  expect(button('Create checkpoint and apply')).toHaveProperty('disabled', true)
  expect(button('Apply')).toHaveProperty('disabled', false)
  expect(screen.getByText(/^Not possible: checkpoints are disabled for it/)).toBeTruthy()
})

test('a refusal leaves the dialog open with its words', async () => {
  const { onClose } = await open(
    standard,
    {},
    {
      'POST /vms/a1/checkpoints/c2/apply': new Refusal(404, 'checkpoint_not_found', 'It is <b>gone</b>.'),
    },
  )
  await userEvent.click(button('Apply'))
  expect((await screen.findByRole('alert')).textContent).toBe('It is <b>gone</b>.')
  expect(onClose).not.toHaveBeenCalled()
  expect(button('Apply')).toHaveProperty('disabled', false)
})

test('a risk that has to be confirmed is shown before, and sent only when it was read', async () => {
  const { sent, onClose } = await open(
    standard,
    {},
    {
      'GET /vms/a1/guards': guardsView({ onApply: 'confirm' }),
    },
  )
  expect(await screen.findByText('Split brain.')).toBeTruthy()
  expect(screen.getByText(/Take it out first\./)).toBeTruthy()
  await userEvent.click(button('Apply'))
  expect(screen.getByText('Tick this to go on.')).toBeTruthy()
  expect(document.activeElement).toBe(screen.getByLabelText('I have read this'))
  expect(sent()).toEqual([])
  await userEvent.keyboard(' ')
  await userEvent.click(button('Apply'))
  await vi.waitFor(() => expect(onClose).toHaveBeenCalledTimes(1))
  expect(sent()).toEqual([{ checkpointFirst: false, confirm: true, confirmGuards: true }])
})

test('a risk that only the daemon found is confirmed after its refusal', async () => {
  const finding = {
    guard: 'database',
    title: 'Database',
    action: 'confirm',
    evidence: 'port 5432 is open',
    risk: 'Commits are lost.',
    remedy: 'Restore it.',
  }
  const { sent, onClose } = await open(
    standard,
    {},
    {
      'POST /vms/a1/checkpoints/c2/apply': (body: unknown) =>
        (body as { confirmGuards?: boolean }).confirmGuards
          ? task()
          : new Refusal(409, 'guard_confirmation_required', 'It has risks.', { guards: [finding] }),
    },
  )
  await userEvent.click(button('Create checkpoint and apply'))
  expect((await screen.findByRole('alert')).textContent).toBe('It has risks.')
  expect(screen.getByText('Commits are lost.')).toBeTruthy()
  await userEvent.click(screen.getByLabelText('I have read this'))
  await userEvent.click(button('Create checkpoint and apply'))
  await vi.waitFor(() => expect(onClose).toHaveBeenCalledTimes(1))
  expect(sent()).toEqual([
    { checkpointFirst: true, confirm: true },
    { checkpointFirst: true, confirm: true, confirmGuards: true },
  ])
})

test('what guards forbid cannot be chosen', async () => {
  await open(standard, {}, { 'GET /vms/a1/guards': guardsView({ onApply: 'forbid' }) })
  expect(await screen.findByText(/forbidden by the settings/)).toBeTruthy()
  expect(button('Apply')).toHaveProperty('disabled', true)
  expect(button('Create checkpoint and apply')).toHaveProperty('disabled', true)
  expect(screen.queryByLabelText('I have read this')).toBeNull()
})
