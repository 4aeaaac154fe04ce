import { screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test, vi } from 'vitest'
import { task, vmRow } from '../testing/examples.ts'
import { FakeApi, Refusal } from '../testing/fake-api.ts'
import { show } from '../testing/render.tsx'
import { vmView } from '../testing/vm-view.ts'
import SettingsDialog from './settings-dialog.tsx'

const web = vmRow({ name: '<b>web01</b>' })
const db = vmRow({ id: 'b2', name: 'db01', checkpointCount: 2 })
const view = vmView({ name: web.name })
const settingsOf = ({ id, name }: { id: string; name: string }, change: object) => ({
  id,
  name,
  tags: [],
  settings: { ...view.settings, ...change },
})
const button = (name: string) => screen.getByRole<HTMLButtonElement>('button', { name })
const openPage = async (name: RegExp) => userEvent.click(await screen.findByRole('tab', { name }))
const dialogAlert = async () => (await within(screen.getByRole('dialog')).findByRole('alert')).textContent

async function showOne(api: Record<string, object>, vm = view) {
  const fake = new FakeApi({ 'GET /vms/a1': vm, ...api })
  const onClose = vi.fn()
  await show(<SettingsDialog kind="settings" vms={[web]} onClose={onClose} />)
  await screen.findByRole('tab', { name: 'Checkpoints' })
  return { fake, onClose }
}

test('of one VM only what was changed is sent', async () => {
  const changed = { ...view, settings: { ...view.settings, checkpointPolicy: 'ProductionOnly' } }
  const { fake, onClose } = await showOne({ 'PATCH /vms/a1': changed })
  expect(screen.getByRole('dialog', { name: 'Settings for <b>web01</b>' })).toBeTruthy()
  expect(button('Save').disabled).toBe(true)

  const fallback = screen.getByRole('checkbox', { name: /Create standard checkpoints if/ })
  await userEvent.click(fallback)
  expect(button('Save').disabled).toBe(false)
  await userEvent.click(fallback)
  expect(button('Save').disabled).toBe(true)
  await userEvent.click(fallback)
  await userEvent.click(button('Apply'))
  await vi.waitFor(() => expect(button('Apply').disabled).toBe(true))
  expect(fake.bodiesOf('PATCH /vms/a1')).toEqual([{ settings: { checkpointPolicy: 'ProductionOnly' } }])
  expect(onClose).not.toHaveBeenCalled()

  await openPage(/Limits/)
  await userEvent.click(screen.getByRole('checkbox', { name: 'Limit their number' }))
  await openPage(/General/)
  await userEvent.clear(screen.getByRole('textbox', { name: 'Name' }))
  expect(screen.getByText('Something is to be corrected in General.')).toBeTruthy()
  expect(button('Save').disabled).toBe(true)
  await userEvent.type(screen.getByRole('textbox', { name: 'Name' }), 'web02{Enter}')
  await vi.waitFor(() => expect(onClose).toHaveBeenCalledTimes(1))
  expect(fake.bodiesOf('PATCH /vms/a1')[1]).toEqual({ name: 'web02', settings: { maxCheckpoints: 50 } })
})

test('what is entered while the rest is being saved is kept', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  await showOne({})
  vi.stubGlobal('fetch', async () => {
    await promise
    return new Response(JSON.stringify({ ...view, settings: { ...view.settings, undoHours: 48 } }))
  })
  const hours = screen.getByRole('textbox', { name: 'It can be undone for' })
  await userEvent.clear(hours)
  await userEvent.type(hours, '48')
  await userEvent.click(button('Apply'))
  const folder = screen.getByRole('textbox', { name: 'Folder on the host' })
  await userEvent.type(folder, '/mnt')
  resolve()
  await vi.waitFor(() => expect(button('Apply').disabled).toBe(false))
  expect(folder).toHaveProperty('value', '/mnt')
  expect(hours).toHaveProperty('value', '48 h')
})

test('a refusal is shown whole, and nothing is closed or lost; leaving asks', async () => {
  const { onClose } = await showOne({
    'PATCH /vms/a1': new Refusal(400, 'invalid_request', '"/etc" cannot be a checkpoint location: it is.'),
  })
  const folder = screen.getByRole('textbox', { name: 'Folder on the host' })
  await userEvent.type(folder, 'etc')
  expect(screen.getByText(/begins with a slash/)).toBeTruthy()
  await userEvent.clear(folder)
  await userEvent.type(folder, '/etc{Enter}')
  expect(await dialogAlert()).toBe('"/etc" cannot be a checkpoint location: it is.')
  expect(folder).toHaveProperty('value', '/etc')
  await userEvent.keyboard('{Escape}')
  expect(onClose).not.toHaveBeenCalled()
  await userEvent.click(button('Discard changes'))
  expect(onClose).toHaveBeenCalledTimes(1)
})

test('what cannot be changed now is disabled, with the reason', async () => {
  const running = { 'change-hardware': 'the VM is running' }
  await showOne({}, vmView({ checkpointCount: 3, refusals: running }))
  expect(screen.getByRole('textbox', { name: 'Folder on the host' })).toHaveProperty('disabled', true)
  expect(screen.getByText(/while the VM has checkpoints; it has 3/)).toBeTruthy()
  await openPage(/Hardware/)
  expect(screen.getByText('Hardware can be changed while the VM is off. Now the VM is running.')).toBeTruthy()
  expect(screen.getByRole('textbox', { name: 'Memory' }).matches(':disabled')).toBe(true)
  await openPage(/Disks/)
  expect(screen.getByText(/added and removed while the VM is off. Now the VM is running/)).toBeTruthy()
  expect(button('Remove disk0').disabled).toBe(true)
  expect(button('Grow disk0').disabled).toBe(false)
})

test('of several VMs, what differs is shown as that; one touch changes all, and can be taken back', async () => {
  const api = new FakeApi({
    'POST /vms/settings': [
      settingsOf(web, { checkpointPolicy: 'Standard', maxCheckpoints: 5, guards: { database: 'off' } }),
      settingsOf(db, { maxCheckpoints: null }),
    ],
    'PATCH /vms': new Refusal(400, 'invalid_request', 'VM "db01" would have 65 tags; it can have 64.'),
  })
  const onClose = vi.fn()
  await show(<SettingsDialog kind="settings" vms={[web, db]} onClose={onClose} />)
  const enabled = await screen.findByRole<HTMLInputElement>('checkbox', { name: 'Enable checkpoints' })
  expect(enabled.indeterminate).toBe(true)
  expect(screen.queryByRole('tab', { name: 'Hardware' })).toBeNull()
  expect(screen.getByText(/db01 has some/)).toBeTruthy()
  await userEvent.click(screen.getByRole('radio', { name: 'Standard checkpoints' }))
  expect(button('Save for 2').disabled).toBe(false)
  await userEvent.click(button('Leave each as it is'))
  expect(button('Save for 2').disabled).toBe(true)

  await openPage(/Guards/)
  expect(screen.queryByRole('combobox')).toBeNull()
  await openPage(/Limits/)
  const limit = screen.getByRole<HTMLInputElement>('checkbox', { name: 'Limit their number' })
  expect(limit.indeterminate).toBe(true)
  await userEvent.click(limit)
  await userEvent.click(limit)
  await openPage(/General/)
  await userEvent.type(screen.getByRole('combobox', { name: 'Add' }), 'web{Enter}')
  await userEvent.click(button('Save for 2'))
  const refusal = await dialogAlert()
  expect(refusal).toContain('VM "db01" would have 65 tags')
  expect(refusal).toContain('None of the 2 VMs was changed.')
  expect(onClose).not.toHaveBeenCalled()
  expect(api.bodiesOf('POST /vms/settings')).toEqual([{ names: ['a1', 'b2'] }])
  expect(api.bodiesOf('PATCH /vms')).toEqual([
    {
      select: { names: ['a1', 'b2'] },
      settings: { maxCheckpoints: null },
      addTags: ['web'],
      removeTags: [],
    },
  ])
})

test('guards are sent together, as they take the place of those before', async () => {
  const guarded = vmView({ settings: { ...view.settings, guards: { 'cluster-member': 'forbid' } } })
  const guard = {
    guard: 'database',
    title: 'Database',
    evidence: ['the tag <i>role:database</i>'],
    setting: null,
    onCreate: 'warn',
    onApply: 'confirm',
    onApplyWithoutMemory: 'warn',
    risk: 'What was committed is lost.',
    remedy: { create: '', apply: '' },
  }
  const { fake, onClose } = await showOne(
    {
      'GET /vms/a1/guards': {
        vmId: 'a1',
        vmName: 'web01',
        guards: [guard],
        guest: { askedAt: null, osName: null, unknown: 'its guest was not asked yet' },
      },
      'PATCH /vms/a1': guarded,
    },
    guarded,
  )
  await openPage(/Guards/)
  expect(await screen.findByText('Found: the tag <i>role:database</i>')).toBeTruthy()
  expect(screen.getByText(/warn before creating, ask before applying \(without memory: warn\)/)).toBeTruthy()
  await userEvent.click(screen.getByRole('combobox', { name: 'Database: what is done' }))
  await userEvent.click(await screen.findByRole('option', { name: 'Do not look' }))
  await userEvent.click(button('Save'))
  await vi.waitFor(() => expect(onClose).toHaveBeenCalledTimes(1))
  expect(fake.bodiesOf('PATCH /vms/a1')).toEqual([
    { settings: { guards: { 'cluster-member': 'forbid', database: 'off' } } },
  ])
})

test('a disk is removed only after it was confirmed; what the task fails with is shown', async () => {
  const failed = task({
    kind: 'disk.remove',
    state: 'failed',
    endedAt: '2026-11-20T08:18:00.000Z',
    error: { code: 'vm_state', message: 'An export reads disk0.', details: {} },
  })
  const { fake } = await showOne({
    'DELETE /vms/a1/disks/disk0': task(),
    'POST /vms/a1/disks/disk0/grow': task(),
    'GET /tasks': [failed],
  })
  await openPage(/Disks/)
  await userEvent.click(button('Remove disk0'))
  expect(fake.calls.some(({ call }) => call.startsWith('DELETE'))).toBe(false)
  await userEvent.click(button('Remove disk'))
  expect(await screen.findByText('An export reads disk0.')).toBeTruthy()
  expect(fake.calls.find(({ call }) => call.startsWith('DELETE'))?.query).toBe('?confirm=true')
  await userEvent.click(button('Keep it'))
  await userEvent.click(button('Grow disk0'))
  const size = screen.getByRole('textbox', { name: 'New size of disk0' })
  await userEvent.clear(size)
  await userEvent.type(size, '10{Enter}')
  expect(fake.bodiesOf('POST /vms/a1/disks/disk0/grow')).toEqual([])
  await userEvent.type(size, '0{Enter}')
  await vi.waitFor(() =>
    expect(fake.bodiesOf('POST /vms/a1/disks/disk0/grow')).toEqual([{ sizeBytes: 100 * 1024 ** 3 }]),
  )
  expect(fake.bodiesOf('PATCH /vms/a1')).toEqual([])
})
