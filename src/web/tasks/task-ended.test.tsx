import { Menu } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { act, screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, expect, test } from 'vitest'
import { queries } from '../api/queries.ts'
import { queryClient } from '../api/query-client.ts'
import { checkpoint, task, vmRow } from '../testing/examples.ts'
import { FakeApi } from '../testing/fake-api.ts'
import { show } from '../testing/render.tsx'
import { closeDrawer, openDrawer } from './drawer-state.ts'
import { setShowsInfo } from './info-setting.ts'
import { clearNotices } from './notice-log.ts'
import { NoticeSwitch } from './notice-switch.tsx'
import { showNotice } from './notices.tsx'
import { startTask } from './run-task.ts'
import { taskEnded } from './task-ended.tsx'
import { TasksButton } from './tasks-button.tsx'

afterEach(() => {
  act(() => {
    closeDrawer()
    clearNotices()
    notifications.clean()
    setShowsInfo(true)
  })
})

const error = { code: 'disk_full', message: 'There is no space left on "/var".', details: {} }
const failed = (id: string) => task({ id, state: 'failed', endedAt: '2026-11-20T08:17:39.500Z', error })
const made = (
  id: string,
  result: object,
  kind: 'checkpoint.create' | 'checkpoint.apply' = 'checkpoint.create',
) => task({ id, kind, state: 'succeeded', endedAt: '2026-11-20T08:17:39.500Z', result })
const notice = (level: 'info' | 'warning' | 'error', message: string) =>
  ({ type: 'notice', vmId: 'a1', level, message }) as const
const fellBack = checkpoint({ record: { ...checkpoint().record, fallbackReason: 'No guest agent.' } })

test('a failure is told once, however often its end is seen, and after a reconnect too', async () => {
  new FakeApi({ 'GET /tasks': [failed('old')] })
  await show(<TasksButton />)
  await waitFor(() => expect(queryClient.getQueryData(queries.tasks.queryKey)).toHaveLength(1))
  expect(screen.queryByText(error.message)).toBeNull() // it failed before this page was opened
  act(() => {
    taskEnded(task({ id: 'once' }))
    taskEnded(failed('once'))
    taskEnded(failed('once'))
  })
  expect(await screen.findByText(error.message)).toBeDefined()
  expect(screen.getByText('Creating Checkpoint of "web01" failed')).toBeDefined()
  act(() =>
    queryClient.setQueryData(queries.tasks.queryKey, [failed('missed'), failed('once'), failed('old')]),
  )
  await waitFor(() => expect(screen.getAllByText(error.message)).toHaveLength(2))
})

test('a fallback is never silent, and is told once where the daemon told it', async () => {
  new FakeApi({ 'GET /tasks': [] })
  await show(<TasksButton />)
  act(() => taskEnded(made('f1', fellBack)))
  expect(await screen.findByText(/is a production one: No guest agent\./)).toBeDefined()
  act(() => notifications.clean())
  await waitFor(() => expect(screen.queryByText(/No guest agent/)).toBeNull())
  act(() => {
    clearNotices()
    showNotice(
      notice('warning', 'Checkpoint "Before the patch" of VM "web01" is a production one: No guest agent.'),
    )
    taskEnded(made('f2', fellBack))
  })
  expect(await screen.findAllByText(/No guest agent/)).toHaveLength(1)
  act(() => taskEnded(made('f3', fellBack))) // the notice was about the other
  await waitFor(() => expect(screen.getAllByText(/No guest agent/)).toHaveLength(2))
})

test('what went well is told only when it was started here and took a while', async () => {
  new FakeApi({ 'GET /tasks': [], 'POST /vms/a1/checkpoints': task({ id: 'mine' }) })
  await show(<TasksButton />)
  await act(() => startTask('/vms/a1/checkpoints', {}))
  act(() => {
    taskEnded(made('others', checkpoint()))
    taskEnded(made('mine', checkpoint()))
  })
  expect(await screen.findAllByText('Done in 4.5 s.')).toHaveLength(1)
})

test('an apply offers to undo it', async () => {
  new FakeApi({ 'GET /tasks': [] })
  await show(<TasksButton />)
  queryClient.setQueryData(queries.vmRows.queryKey, [vmRow()])
  const undo = { stateId: 's1', expiresAt: '2999-11-21T08:17:35.000Z' }
  act(() => taskEnded(made('a1', { checkpoint: checkpoint(), created: null, undo }, 'checkpoint.apply')))
  expect(await screen.findByText(/was put back to "Before the patch"\. What was discarded can/)).toBeDefined()
  await userEvent.click(screen.getByRole('button', { name: 'Undo…' }))
  await waitFor(() => expect(screen.queryByText(/was put back/)).toBeNull())
  act(() => openDrawer('notices'))
  const list = await screen.findByRole('list', { name: 'Notices' })
  expect(within(list).getAllByRole('button', { name: 'Undo…' })).toHaveLength(1)
  const over = { ...undo, expiresAt: '2001-11-21T08:17:35.000Z' }
  const result = { checkpoint: checkpoint(), created: null, undo: over }
  act(() => taskEnded(made('a2', result, 'checkpoint.apply')))
  await waitFor(() => expect(within(list).getAllByRole('listitem')).toHaveLength(2))
  expect(within(list).getAllByRole('button', { name: 'Undo…' })).toHaveLength(1)
})

test('notices that inform can be turned off; warnings and errors cannot; all are kept in the list', async () => {
  new FakeApi({ 'GET /tasks': [] })
  await show(
    <Menu opened>
      <Menu.Target>
        <button type="button">Settings</button>
      </Menu.Target>
      <Menu.Dropdown>
        <NoticeSwitch />
      </Menu.Dropdown>
      <TasksButton />
    </Menu>,
  )
  act(() => showNotice(notice('info', 'made with backup technology')))
  expect(await screen.findByText('made with backup technology')).toBeDefined()
  act(() => notifications.clean())
  const item = screen.getByRole('menuitemcheckbox', { name: 'Notices that only inform' })
  expect(item.getAttribute('aria-checked')).toBe('true')
  await userEvent.click(item)
  expect(item.getAttribute('aria-checked')).toBe('false')
  act(() => {
    showNotice(notice('info', 'quiet now'))
    showNotice(notice('warning', '<i>waits</i> for space'))
    showNotice(notice('error', 'ended'))
  })
  expect(await screen.findByText('<i>waits</i> for space')).toBeDefined()
  expect(screen.getByText('ended')).toBeDefined()
  expect(screen.queryByText('quiet now')).toBeNull()
  act(() => openDrawer('notices'))
  const list = await screen.findByRole('list', { name: 'Notices' })
  expect(within(list).getAllByRole('listitem')).toHaveLength(4)
  expect(within(list).getByText('quiet now')).toBeDefined()
})

test('a flood of failures shows three and counts the rest', async () => {
  new FakeApi({ 'GET /tasks': [] })
  await show(<TasksButton />)
  act(() => {
    for (let index = 0; index < 8; index++) taskEnded(failed(`flood${index}`))
  })
  expect(await screen.findByText('5 more notices')).toBeDefined()
  expect(screen.getAllByText(error.message)).toHaveLength(3)
  await userEvent.click(screen.getByRole('button', { name: 'Show all notices' }))
  const list = await screen.findByRole('list', { name: 'Notices' })
  expect(within(list).getAllByRole('listitem')).toHaveLength(8)
})
