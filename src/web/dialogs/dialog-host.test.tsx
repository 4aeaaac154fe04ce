import { act, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test } from 'vitest'
import { checkpoint, vmRow } from '../testing/examples.ts'
import { FakeApi } from '../testing/fake-api.ts'
import { show } from '../testing/render.tsx'
import type { DialogRequest } from './dialog.ts'
import { DialogHost, useOpenDialog } from './dialog-host.tsx'
import './edit-checkpoint-dialog.tsx' // so that it is there as soon as it is opened, on a busy machine too

const edit = (name: string): DialogRequest => ({
  kind: 'edit-checkpoint',
  vm: vmRow(),
  checkpoint: checkpoint({ id: name, name }),
})

let openDialog: (request: DialogRequest) => void = () => {}
function Page() {
  openDialog = useOpenDialog()
  return null
}

async function showHost() {
  await show(
    <DialogHost>
      <Page />
    </DialogHost>,
  )
  return (request: DialogRequest) => act(() => openDialog(request))
}

const nameField = async () => (await screen.findByRole('textbox', { name: 'Name' })) as HTMLInputElement // it is one

test('a dialog that takes the place of another has nothing of what was entered in that', async () => {
  const open = await showHost()
  open(edit('first'))
  await userEvent.type(await nameField(), ' changed')
  open(edit('second'))
  await screen.findByRole('dialog', { name: 'Edit “second”' })
  expect((await nameField()).value).toBe('second')
})

test('an answer that comes after a dialog has given way closes no other one', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const api = new FakeApi({})
  const open = await showHost()
  open(edit('first'))
  await userEvent.type(await nameField(), ' changed')
  const { fetch } = globalThis
  api.answers['PATCH /vms/a1/checkpoints/first'] = {}
  globalThis.fetch = async (...request) => {
    await promise
    return await fetch(...request)
  }
  await userEvent.click(screen.getByRole('button', { name: 'Save' }))
  open(edit('second'))
  await act(async () => resolve())
  await waitFor(() => expect(api.bodiesOf('PATCH /vms/a1/checkpoints/first')).toHaveLength(1))
  await new Promise((after) => setTimeout(after)) // what follows the answer
  expect(screen.getByRole('dialog', { name: 'Edit “second”' })).toBeTruthy()
})
