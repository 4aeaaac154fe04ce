import { screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test } from 'vitest'
import { task } from '../testing/examples.ts'
import { FakeApi } from '../testing/fake-api.ts'
import { show } from '../testing/render.tsx'
import { VmHistory } from './vm-history.tsx'

const endedAt = '2026-11-20T08:17:39.500Z'
const rows = () => screen.getAllByRole('row').slice(1) // without the head

test('the history tells what was done, how it ended and how long it took, and is filtered by kind', async () => {
  const error = { code: 'disk_full', message: 'There is no space left on <b>"/var"</b>.', details: {} }
  new FakeApi({
    'GET /tasks': [
      task({ id: 't3', percent: 61 }),
      task({ id: 't2', kind: 'vm.start', title: 'Starting', state: 'succeeded', endedAt }),
      task({ id: 't1', kind: 'merge', title: 'Merging', state: 'failed', endedAt, error }),
    ],
  })
  await show(<VmHistory vmId="a1" />)
  expect(await screen.findByText('Running (61%)')).toBeDefined()
  expect(rows().map(({ textContent }) => textContent?.match(/Creating|Starting|Merging/)?.[0])).toEqual([
    'Creating',
    'Starting',
    'Merging',
  ])
  expect(rows()[1]?.textContent).toMatch(/Succeeded4\.5 s$/)
  expect(screen.getByText('There is no space left on <b>"/var"</b>.')).toBeDefined()
  await userEvent.click(screen.getByText('Merges'))
  expect(rows()).toHaveLength(1)
  await userEvent.click(screen.getByRole('button', { name: 'Merging' }))
  expect(screen.getByText(/Error code disk_full/)).toBeDefined()
  await userEvent.click(screen.getByText('Set-up and repair'))
  expect(screen.getByText('Nothing of this kind was done.')).toBeDefined()
})

test('a long history is shown in parts; an empty one says what would be here', async () => {
  const many = Array.from({ length: 30 }, (_, index) =>
    task({ id: `t${index}`, state: 'succeeded', endedAt }),
  )
  const api = new FakeApi({ 'GET /tasks': many })
  const { unmount } = await show(<VmHistory vmId="a1" />)
  await userEvent.click(await screen.findByRole('button', { name: 'Show 5 more' }))
  expect(rows()).toHaveLength(30)
  unmount()
  api.answers['GET /tasks'] = []
  await show(<VmHistory vmId="a1" />)
  expect(await screen.findByText('Nothing was done yet')).toBeDefined()
})
