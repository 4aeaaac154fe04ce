import { notifications } from '@mantine/notifications'
import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeAll, beforeEach, expect, test, vi } from 'vitest'
import type { VmRow } from '../../contract/vm.ts'
import { SelectionProvider } from '../app/selection.tsx'
import { DialogHost } from '../dialogs/dialog-host.tsx'
import { vmRow } from '../testing/examples.ts'
import { FakeApi, Refusal } from '../testing/fake-api.ts'
import { show } from '../testing/render.tsx'
import { withLayout } from '../testing/scrolling.ts'
import { vmView } from '../testing/vm-view.ts'
import { VmGrid } from '../vms/vm-grid.tsx'
import { ActionPane } from './action-pane.tsx'

beforeAll(() => withLayout(600))
beforeEach(() => notifications.clean())

const off = vmRow({ id: 'o', name: 'off1', state: 'off', startedAt: null, display: 'vnc' })
const on = vmRow({ id: 'r', name: 'on1', display: 'vnc' })

async function showPage(rows: readonly VmRow[], address: string, answers: object = {}) {
  const api = new FakeApi({
    'GET /vm-rows': [...rows],
    'GET /health': { hostName: 'host1' },
    ...Object.fromEntries(rows.map((row) => [`GET /vms/${row.id}`, vmView(row)])),
    ...Object.fromEntries(rows.map(({ id }) => [`GET /vms/${id}/checkpoints`, []])),
    ...Object.fromEntries(rows.map(({ id }) => [`GET /vms/${id}/discarded`, []])),
    ...answers,
  })
  await show(
    <SelectionProvider>
      <DialogHost>
        <VmGrid />
        <ActionPane />
      </DialogHost>
    </SelectionProvider>,
    address,
  )
  await screen.findByRole('grid')
  return api
}

const pane = () => within(screen.getByRole('region', { name: 'Actions' }))
const action = (name: string) => pane().getByRole('button', { name })

test('groups are named for the host and the VM; a refused action stays, can be reached and says why', async () => {
  const api = await showPage([off, on], '/?vm=o')
  expect(await pane().findByRole('heading', { name: 'host1' })).toBeTruthy()
  expect(pane().getByRole('heading', { name: 'off1' })).toBeTruthy()
  const pause = pane().getByRole('button', { name: 'Pause', description: 'The VM is off.' })
  pause.focus()
  expect(document.activeElement).toBe(pause)
  expect((await screen.findByRole('tooltip')).textContent).toBe('The VM is off.')
  await userEvent.click(pause)
  expect(api.calls.filter(({ call }) => call.startsWith('POST'))).toEqual([])
})

test('Start starts all that are chosen; what was refused is told once', async () => {
  const second = { ...off, id: 'p', name: 'off2' }
  const api = await showPage([off, second], '/', {
    'POST /vms/o/start': new Refusal(409, 'vm_state', 'The VM "off1" is already running.'),
    'POST /vms/p/start': { id: 't', vmId: 'p', kind: 'vm.start', state: 'queued', percent: 0 },
  })
  screen.getByRole('grid').focus()
  await userEvent.keyboard('{Control>}a{/Control}')
  expect(pane().getByRole('heading', { name: '2 virtual machines' })).toBeTruthy()
  await userEvent.click(action('Start'))
  const notice = await screen.findByRole('alert')
  expect(notice.textContent).toContain('1 of 2 virtual machines could not be started')
  expect(notice.textContent).toContain('off1: The VM "off1" is already running.')
  expect(api.bodiesOf('POST /vms/p/start')).toHaveLength(1)
})

test('Connect opens the screen in a tab of its own; Enter in the list does too, or says why not', async () => {
  const open = vi.spyOn(window, 'open').mockReturnValue(null)
  await showPage([off, on], '/?vm=r')
  screen.getByRole('grid').focus()
  await userEvent.keyboard('{Enter}')
  expect(open).toHaveBeenCalledWith('/vms/r/screen', 'screen-r')
  open.mockClear()
  await userEvent.keyboard('{Home}{Enter}')
  expect((await screen.findByRole('alert')).textContent).toContain('start it to see its screen')
  expect(open).not.toHaveBeenCalled()
  open.mockRestore()
})

test('checkpoints that are disabled are refused with the reason; nothing to undo is said', async () => {
  const settings = { ...vmView({}).settings, checkpointPolicy: 'Disabled' as const }
  await showPage([on], '/?vm=r', { 'GET /vms/r': vmView({ ...on, settings, undo: null }) })
  const reason = 'Checkpoints are disabled for it; change its checkpoint policy first.'
  expect(await pane().findByRole('button', { name: 'Checkpoint…', description: reason })).toBeTruthy()
  expect(pane().getByRole('button', { name: 'Undo apply…', description: /nothing to undo/ })).toBeTruthy()
})

test('F2 renames; a refusal stays in the dialog', async () => {
  const api = await showPage([on], '/?vm=r', {
    'PATCH /vms/r': new Refusal(409, 'name_taken', 'There is a VM "web02" already.'),
  })
  screen.getByRole('grid').focus()
  await userEvent.keyboard('{F2}')
  const name = await screen.findByLabelText('Name')
  await userEvent.clear(name)
  await userEvent.type(name, ' web02 {Enter}')
  expect((await screen.findByText('There is a VM "web02" already.')).textContent).toBeTruthy()
  expect(api.bodiesOf('PATCH /vms/r')).toEqual([{ name: 'web02' }])
  api.answers['PATCH /vms/r'] = vmView({ ...on, name: 'web02' })
  await userEvent.keyboard('{Enter}')
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
})

test('Alt+Enter shows the details of the VM, with names as text', async () => {
  const named = { ...on, name: '<b>x</b>' }
  await showPage([named], '/?vm=r', { 'GET /tasks': [] })
  screen.getByRole('grid').focus()
  await userEvent.keyboard('{Alt>}{Enter}{/Alt}')
  const drawer = within(await screen.findByRole('dialog', { name: '<b>x</b>' }))
  expect(await drawer.findByText('pc-q35-7.2')).toBeTruthy()
  expect(drawer.getByRole('heading', { name: 'Hardware' })).toBeTruthy()
  await userEvent.click(drawer.getByRole('tab', { name: 'History' }))
  expect(await drawer.findByText('Nothing was done yet')).toBeTruthy()
})
