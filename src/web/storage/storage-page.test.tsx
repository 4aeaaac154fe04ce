import { screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test } from 'vitest'
import { GIB } from '../../core/units.ts'
import { FakeApi, Refusal } from '../testing/fake-api.ts'
import { show } from '../testing/render.tsx'
import { vmStorage, volume } from '../testing/storage-examples.ts'
import { StoragePage } from './storage-page.tsx'

const nothingFound = {
  olderThanDays: 7,
  moreThan: 3,
  vms: [],
  totals: { vms: 0, checkpoints: 0, bytes: 0 },
  volumes: [],
}
const answers = {
  'GET /storage': { volumes: [volume()], vms: [vmStorage()] },
  'GET /storage/history': { volumes: [] },
  'GET /report': nothingFound,
}
const section = (name: string) => screen.findByRole('region', { name })
const rowOf = async (name: string, text: string) => {
  const cell = await within(await section(name)).findByText(text)
  const row = cell.closest('tr')
  if (!row) throw new Error(`"${text}" is in no row`)
  return within(row)
}

test('a volume shows its size, what is free, its growth, and when it is full', async () => {
  const full = volume({
    growthBytesPerHour: 2 * GIB,
    fullAt: new Date(Date.parse('2026-11-20T08:00:00.000Z') + 1e12).toISOString(),
    level: 'warning',
  })
  new FakeApi({ ...answers, 'GET /storage': { volumes: [full, volume({ mountPoint: '/srv' })], vms: [] } })
  await show(<StoragePage />)
  const row = await rowOf('Volumes', '/var/lib/stillpoint')
  for (const text of ['100 GiB', '50 GiB', '40 GiB', '+2 GiB/h', /^in \d+ d$/]) row.getByText(text)
  expect(row.getByLabelText('Soon')).toBeDefined()
  const other = await rowOf('Volumes', '/srv')
  expect(other.getByText('not foreseen')).toBeDefined()
  expect(other.getByText('not known yet')).toBeDefined()
})

test('VMs are listed by size, with their checkpoints on demand; names with markup are text', async () => {
  const vms = [
    vmStorage({ vmId: 'b2', name: 'small', baseBytes: GIB }),
    vmStorage({
      name: '<b>large</b>',
      checkpoints: [{ name: '<img src=x onerror=alert(1)>', memoryBytes: 20 * 1024 * 1024 }],
    }),
  ]
  new FakeApi({ ...answers, 'GET /storage': { volumes: [], vms } })
  const { container } = await show(<StoragePage />)
  const region = within(await section('Virtual machines'))
  const names = region.getAllByRole('button', { name: /^Checkpoints of/ })
  expect(names.map((each) => each.getAttribute('aria-label'))).toEqual([
    'Checkpoints of <b>large</b>',
    'Checkpoints of small',
  ])
  const row = await rowOf('Virtual machines', '<b>large</b>')
  for (const text of ['10 GiB', '2 GiB', '512 MiB', '13 GiB']) row.getByText(text)
  await userEvent.click(region.getByRole('button', { name: 'Checkpoints of <b>large</b>' }))
  const inner = await rowOf('Virtual machines', '<img src=x onerror=alert(1)>')
  for (const text of ['12 MiB', '20 MiB', '32 MiB']) inner.getByText(text)
  expect(container.querySelector('img, b')).toBeNull()
})

test('pauses and freezes are told in words, as a picture and in figures, of all VMs or one', async () => {
  const vms = [
    vmStorage({
      checkpoints: [
        { id: 'x1', name: 'one', pauseMs: 1.2, frozenMs: 82.4 },
        { id: 'x2', name: 'two', pauseMs: 812, createdAt: '2026-11-20T09:00:00.000Z' },
      ],
    }),
    vmStorage({ vmId: 'b2', name: 'db01', checkpoints: [{ id: 'x3', name: 'three', pauseMs: 4 }] }),
  ]
  new FakeApi({ ...answers, 'GET /storage': { volumes: [], vms } })
  await show(<StoragePage />)
  const region = within(await section('Pauses and freezes'))
  const picture = region.getByRole('img')
  expect(picture.getAttribute('aria-label')).toBe(
    'Of the last 3 checkpoints of running guests. Paused: median 4 ms, longest 812 ms. Frozen: median 82 ms, longest 82 ms.',
  )
  await userEvent.click(region.getByText('Table'))
  const rows = region.getAllByRole('row').map(({ textContent }) => textContent)
  expect(rows).toHaveLength(4)
  expect(rows[1]).toMatch(/^web01two.*812 ms–$/)
  await userEvent.click(region.getByRole('combobox', { name: 'Virtual machine' }))
  await userEvent.click(await screen.findByRole('option', { name: 'db01', hidden: true }))
  expect(region.getAllByRole('row')).toHaveLength(2)
})

test('the growth picture says in words what it shows, and the forecast is in its table', async () => {
  const samples = [1, 2, 3].map((hour) => ({
    at: `2026-11-20T0${hour}:00:00.000Z`,
    usedBytes: (50 + hour) * GIB,
  }))
  const api = new FakeApi({
    ...answers,
    'GET /storage': { volumes: [volume({ growthBytesPerHour: GIB })], vms: [] },
    'GET /storage/history': { volumes: [{ mountPoint: '/var/lib/stillpoint', samples }] },
  })
  await show(<StoragePage />)
  const picture = await screen.findByRole('img', { name: /^Space used over time/ })
  const region = within(await section('Growth and forecast'))
  expect(picture.getAttribute('aria-label')).toContain(
    '/var/lib/stillpoint: 60 GiB of 100 GiB used, growth +1 GiB/h. It is not foreseen to be full.',
  )
  await userEvent.click(region.getByText('Table'))
  const rows = region.getAllByRole('row').map(({ textContent }) => textContent)
  expect(rows[1]).toMatch(/–54 GiB$/)
  expect(rows[2]).toMatch(/53 GiB53 GiB$/)
  await userEvent.click(region.getByRole('combobox', { name: 'Period' }))
  await userEvent.click(await screen.findByRole('option', { name: 'Last 30 days', hidden: true }))
  expect(api.calls.some(({ query }) => query === '?days=30')).toBe(true)
})

test('forgotten checkpoints come with their advice and totals, and with other limits when they are changed', async () => {
  const oldest = { id: 'c1', name: 'Before the patch', createdAt: '2026-01-20T08:17:35.000Z' }
  const forgotten = {
    vmId: 'a1',
    name: 'web01',
    checkpoints: 5,
    oldest,
    bytes: 3 * GIB,
    growthBytesPerHour: null,
    reasons: ['5 checkpoints, more than 3'],
    advice: 'Delete what is no longer needed.',
  }
  const api = new FakeApi({
    ...answers,
    'GET /report': (_body, url) =>
      url.searchParams.get('moreThan') === '3'
        ? { ...nothingFound, vms: [forgotten], totals: { vms: 1, checkpoints: 5, bytes: 3 * GIB } }
        : nothingFound,
  })
  await show(<StoragePage />)
  const row = await rowOf('Forgotten checkpoints', 'web01')
  row.getByText('Delete what is no longer needed.')
  row.getByText('5 checkpoints, more than 3')
  const region = within(await section('Forgotten checkpoints'))
  expect(region.getByText('1 virtual machine with 5 checkpoints')).toBeDefined()
  await userEvent.type(region.getByLabelText('More than'), '0')
  expect(await region.findByText(/^None: no virtual machine/)).toBeDefined()
  expect(api.calls.some(({ query }) => query === '?olderThanDays=7&moreThan=30')).toBe(true)
})

test('an empty host says what would be here; a failure is in the daemon’s words', async () => {
  const api = new FakeApi({ ...answers, 'GET /storage': { volumes: [volume()], vms: [] } })
  const { unmount } = await show(<StoragePage />)
  expect(await screen.findByText(/^There are no virtual machines on this host yet/)).toBeDefined()
  expect(screen.getByText(/No checkpoint was taken of a running virtual machine yet/)).toBeDefined()
  expect(await screen.findByText(/The daemon measures once a minute/)).toBeDefined()
  expect(screen.getByText(/^A checkpoint is not a backup: it lies/)).toBeDefined()
  unmount()
  api.answers['GET /storage'] = new Refusal(500, 'io_error', 'The volume "/var" could not be measured.')
  await show(<StoragePage />)
  expect(await screen.findByText('The volume "/var" could not be measured.')).toBeDefined()
})
