import { screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test, vi } from 'vitest'
import { vmView } from '../../../test/fixtures/views.ts'
import type { DiscardedView } from '../../contract/discarded.ts'
import type { VmView } from '../../contract/vm.ts'
import { defaultSettings } from '../../vm/settings.ts'
import { task, vmRow } from '../testing/examples.ts'
import { FakeApi, Refusal } from '../testing/fake-api.ts'
import { guardsView } from '../testing/guards.ts'
import { show } from '../testing/render.tsx'
import { dateAndTime } from '../ui/format.ts'
import UndoDialog from './undo-dialog.tsx'

const state = (change: Partial<DiscardedView> = {}): DiscardedView => ({
  id: 'd1',
  vmId: 'a1',
  parentId: 'c1',
  name: 'Before Patch was applied',
  applied: '<b>Patch</b>',
  cause: 'apply',
  discardedAt: '2026-11-20T08:00:00.000Z',
  expiresAt: '2026-11-21T08:00:00.000Z',
  powerState: 'running',
  consistency: 'exact-memory',
  diskBytes: 1024,
  memoryBytes: 2048,
  ...change,
})
const older = state({
  id: 'd0',
  discardedAt: '2026-11-19T08:00:00.000Z',
  cause: 'undo',
  consistency: 'crash',
})

async function open(
  states: readonly DiscardedView[],
  vm: Partial<VmView> = {},
  answers: ConstructorParameters<typeof FakeApi>[0] = {},
  stateId?: string,
) {
  const api = new FakeApi({
    'GET /vms/a1': vmView({ id: 'a1', name: 'web01', state: 'running', ...vm }),
    'GET /vms/a1/discarded': states,
    'GET /vms/a1/guards': guardsView({ evidence: [] }),
    'GET /tasks': [],
    'POST /vms/a1/undo': task(),
    'DELETE /vms/a1/discarded': task(),
    ...answers,
  })
  const onClose = vi.fn()
  await show(<UndoDialog kind="undo" vm={vmRow()} {...(stateId && { stateId })} onClose={onClose} />)
  await screen.findByText('Afterwards')
  return { api, onClose }
}

const button = (name: string) => screen.getByRole('button', { name })

test('it says what comes back, until when it is kept, and brings it back', async () => {
  const { api, onClose } = await open([state()])
  expect(screen.getByText(/discarded by applying “<b>Patch<\/b>”/)).toBeTruthy()
  expect(screen.getByText('The VM runs on from that exact instant.')).toBeTruthy()
  expect(
    screen.getByText(`${dateAndTime('2026-11-21T08:00:00.000Z')} (1 KiB of disks, 2 KiB of memory)`),
  ).toBeTruthy()
  expect(screen.queryByRole('radio')).toBeNull()
  await userEvent.click(button('Bring back'))
  await vi.waitFor(() => expect(onClose).toHaveBeenCalledTimes(1))
  expect(api.bodiesOf('POST /vms/a1/undo')).toEqual([{ stateId: 'd1', confirm: true }])
})

test('of several states the newest is chosen, and another can be', async () => {
  const { api } = await open([older, state()])
  expect(screen.getAllByRole('radio')).toHaveLength(2)
  expect(screen.getAllByRole('radio')[0]).toHaveProperty('checked', true)
  await userEvent.click(screen.getByRole('radio', { name: /Nov 19/ }))
  expect(screen.getByText(/^Its memory was not kept\. The VM is turned off at once/)).toBeTruthy()
  await userEvent.click(button('Bring back'))
  await vi.waitFor(() => expect(api.bodiesOf('POST /vms/a1/undo')).toHaveLength(1))
  expect(api.bodiesOf('POST /vms/a1/undo')).toEqual([{ stateId: 'd0', confirm: true }])
})

test('the state that was asked for is the chosen one', async () => {
  await open([older, state()], {}, {}, 'd0')
  expect(screen.getByRole('radio', { name: /Nov 19/ })).toHaveProperty('checked', true)
})

test('what is discarded for good is a warning', async () => {
  await open([state()], { settings: { ...defaultSettings, undoHours: 0 } })
  expect(screen.getByText(/^The current state, for good/)).toBeTruthy()
})

test('memory that is still being saved is told from memory that was not kept', async () => {
  await open(
    [state({ consistency: 'crash' })],
    {},
    {
      'GET /tasks': [task({ kind: 'checkpoint.keep' })],
    },
  )
  expect(await screen.findByText(/^Its memory is still being saved/)).toBeTruthy()
})

test('Forget asks once more, and frees that state alone', async () => {
  const { api, onClose } = await open([older, state()])
  await userEvent.click(button('Forget…'))
  expect(document.activeElement).toBe(button('Keep'))
  await userEvent.click(button('Keep'))
  expect(api.bodiesOf('DELETE /vms/a1/discarded')).toEqual([])
  expect(document.activeElement).toBe(button('Forget…'))
  await userEvent.click(button('Forget…'))
  await userEvent.click(button('Forget'))
  await vi.waitFor(() => expect(onClose).toHaveBeenCalledTimes(1))
  const [call] = api.calls.filter(({ call }) => call.startsWith('DELETE'))
  expect(call?.query).toBe('?state=d1')
})

test('a refusal leaves the dialog open with its words', async () => {
  const { onClose } = await open(
    [state()],
    {},
    {
      'POST /vms/a1/undo': new Refusal(404, 'nothing_to_undo', 'Nothing is kept.'),
    },
  )
  await userEvent.click(button('Bring back'))
  expect((await screen.findByRole('alert')).textContent).toBe('Nothing is kept.')
  expect(onClose).not.toHaveBeenCalled()
})
