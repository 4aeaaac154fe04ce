import { notifications } from '@mantine/notifications'
import { act, screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, expect, test } from 'vitest'
import { queries } from '../api/queries.ts'
import { queryClient } from '../api/query-client.ts'
import { task, vmRow } from '../testing/examples.ts'
import { FakeApi, Refusal } from '../testing/fake-api.ts'
import { show } from '../testing/render.tsx'
import { closeDrawer } from './drawer-state.ts'
import { clearNotices } from './notice-log.ts'
import { TasksButton } from './tasks-button.tsx'

afterEach(() => {
  act(() => {
    closeDrawer()
    clearNotices()
    notifications.clean()
  })
})

const openTasks = async () => {
  await userEvent.click(await screen.findByRole('button', { name: /^Tasks .* running/ }))
  return screen.findByRole('dialog', { name: 'Tasks and notices' })
}

test('the button counts what runs, and the drawer shows how far it is and what it does', async () => {
  new FakeApi({
    'GET /tasks': [task(), task({ id: 't0', state: 'succeeded', endedAt: '2026-11-20T08:17:39.500Z' })],
  })
  await show(<TasksButton />)
  expect(await screen.findByText('1 task is running')).toBeDefined()
  const drawer = await openTasks()
  const progress = await within(drawer).findByRole('progressbar', { name: 'Creating Checkpoint' })
  expect(progress.getAttribute('aria-valuenow')).toBe('9')
  expect(within(drawer).getByText('9%')).toBeDefined()
  expect(within(drawer).getByText(/saving memory/)).toBeDefined()
  expect(within(drawer).getByText(/Succeeded after 4.5 s/)).toBeDefined()
  act(() => queryClient.setQueryData(queries.tasks.queryKey, [task({ percent: 61.7 })]))
  expect(await within(drawer).findByText('61%')).toBeDefined()
})

test('cancel is sent, and says that it is being cancelled until it has ended', async () => {
  const api = new FakeApi({ 'GET /tasks': [task()], 'POST /tasks/t1/cancel': task() })
  await show(<TasksButton />)
  const drawer = await openTasks()
  await userEvent.click(await within(drawer).findByRole('button', { name: /^Cancel/ }))
  expect(await within(drawer).findByText(/Cancelling…/)).toBeDefined()
  expect(within(drawer).getByRole('button', { name: /^Cancel/ })).toHaveProperty('disabled', true)
  expect(api.bodiesOf('POST /tasks/t1/cancel')).toHaveLength(1)
  const cancelled = task({ state: 'cancelled', endedAt: '2026-11-20T08:17:39.500Z' })
  act(() => queryClient.setQueryData(queries.tasks.queryKey, [cancelled]))
  expect(await within(drawer).findByText(/Cancelled after 4.5 s/)).toBeDefined()
})

test('a cancel that is refused says why', async () => {
  const api = new FakeApi({
    'GET /tasks': [task()],
    'POST /tasks/t1/cancel': new Refusal(400, 'invalid_request', '"Creating Checkpoint" has ended already.'),
  })
  await show(<TasksButton />)
  const drawer = await openTasks()
  await userEvent.click(await within(drawer).findByRole('button', { name: /^Cancel/ }))
  expect(await screen.findByText('"Creating Checkpoint" has ended already.')).toBeDefined()
  expect(api.calls.some(({ call }) => call === 'POST /tasks/t1/cancel')).toBe(true)
  expect(within(drawer).getByRole('button', { name: /^Cancel/ })).toHaveProperty('disabled', false)
})

test('a failure is in words; its code, log and details are shown on demand, and markup is text', async () => {
  const failed = task({
    state: 'failed',
    vmName: '<img src=x onerror=alert(1)>',
    endedAt: '2026-11-20T08:17:39.500Z',
    log: [{ at: '2026-11-20T08:17:36.000Z', message: '<b>saving</b> memory' }],
    error: {
      code: 'disk_full',
      message: 'There is no space left on "/var".',
      details: { missingBytes: 4096 },
    },
  })
  new FakeApi({ 'GET /tasks': [failed] })
  const { container } = await show(<TasksButton />)
  const drawer = await openTasks()
  expect(await within(drawer).findByText('There is no space left on "/var".')).toBeDefined()
  expect(within(drawer).queryByText(/disk_full/)).toBeNull()
  await userEvent.click(within(drawer).getByRole('button', { name: 'Details' }))
  expect(within(drawer).getByText(/Error code disk_full/)).toBeDefined()
  expect(within(drawer).getByText(/"missingBytes": 4096/)).toBeDefined()
  expect(within(drawer).getByText('<b>saving</b> memory')).toBeDefined()
  expect(within(drawer).getByText('<img src=x onerror=alert(1)>')).toBeDefined()
  expect(container.querySelector('img, b')).toBeNull()
})

test('ended tasks are cleared from view, running ones are not; with none it says what would be here', async () => {
  const done = task({ id: 't9', state: 'succeeded', title: 'Merging', endedAt: '2026-11-20T08:17:39.500Z' })
  new FakeApi({ 'GET /tasks': [task(), done] })
  await show(<TasksButton />)
  const drawer = await openTasks()
  await userEvent.click(await within(drawer).findByRole('button', { name: 'Clear ended' }))
  expect(within(drawer).queryByText('Merging')).toBeNull()
  expect(within(drawer).getByText('Creating Checkpoint')).toBeDefined()
  act(() => queryClient.setQueryData(queries.tasks.queryKey, []))
  expect(await within(drawer).findByText('Nothing is being done')).toBeDefined()
})

test('the drawer takes the focus, ends with Escape, and gives the focus back; the VM of a task can be gone to', async () => {
  new FakeApi({ 'GET /tasks': [task()], 'GET /vm-rows': [vmRow()] })
  const { router } = await show(<TasksButton />)
  const drawer = await openTasks()
  await waitFor(() => expect(document.activeElement).toBe(drawer))
  await userEvent.click(await within(drawer).findByRole('button', { name: 'web01' }))
  await waitFor(() => expect(router.state.location.search).toEqual({ vm: 'a1' }))
  await userEvent.keyboard('{Escape}')
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  expect(document.activeElement).toBe(screen.getByRole('button', { name: /^Tasks .* running/ }))
})
