import { screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test, vi } from 'vitest'
import { task } from '../testing/examples.ts'
import { FakeApi, Refusal } from '../testing/fake-api.ts'
import { show } from '../testing/render.tsx'
import ImportDialog from './import-dialog.tsx'

const started = task({ kind: 'vm.import', title: 'Importing' })

test('it waits until the import has ended', async () => {
  const api = new FakeApi({
    'POST /vms/import': started,
    'GET /tasks': [
      {
        ...started,
        state: 'succeeded',
        endedAt: '2026-11-20T08:18:00.000Z',
        result: null,
      },
    ],
  })
  const onClose = vi.fn()
  await show(<ImportDialog kind="import" onClose={onClose} />)
  expect(screen.getByRole('button', { name: 'Import' })).toHaveProperty('disabled', true)
  await userEvent.type(screen.getByLabelText(/Folder/), '/srv/exports/web01')
  await userEvent.click(screen.getByRole('radio', { name: /Keep it/ }))
  await userEvent.type(screen.getByLabelText('Name'), '{Enter}')
  await vi.waitFor(() => expect(onClose).toHaveBeenCalledTimes(1))
  expect(api.bodiesOf('POST /vms/import')).toEqual([{ folder: '/srv/exports/web01', identity: 'keep' }])
})

test('a refusal stays at the form; leaving what was written asks', async () => {
  new FakeApi({ 'POST /vms/import': new Refusal(400, 'invalid_request', 'There is no export in it.') })
  const onClose = vi.fn()
  await show(<ImportDialog kind="import" onClose={onClose} />)
  await userEvent.type(screen.getByLabelText(/Folder/), '/srv{Enter}')
  expect((await within(screen.getByRole('dialog')).findByRole('alert')).textContent).toBe(
    'There is no export in it.',
  )
  await userEvent.keyboard('{Escape}')
  expect(onClose).not.toHaveBeenCalled()
  await userEvent.click(screen.getByRole('button', { name: 'Go on editing' }))
  expect(screen.getByLabelText(/Folder/)).toHaveProperty('value', '/srv')
  await userEvent.keyboard('{Escape}')
  await userEvent.click(screen.getByRole('button', { name: 'Discard changes' }))
  expect(onClose).toHaveBeenCalledTimes(1)
})
