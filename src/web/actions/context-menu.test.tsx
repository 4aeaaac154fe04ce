import { IconPencil, IconTrash } from '@tabler/icons-react'
import { screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test } from 'vitest'
import { show } from '../testing/render.tsx'
import type { ActionGroup } from './action.ts'
import { useContextMenu } from './context-menu.tsx'

const ran: string[] = []
const groups: ActionGroup[] = [
  {
    title: '<b>web01</b>',
    actions: [
      {
        id: 'rename',
        label: 'Rename',
        icon: IconPencil,
        hotkey: 'F2',
        refusal: null,
        run: () => ran.push('rename'),
      },
      {
        id: 'remove',
        label: 'Remove…',
        icon: IconTrash,
        isDangerous: true,
        refusal: 'The VM is running.',
        run: () => ran.push('remove'),
      },
    ],
  },
  { title: 'Host', actions: [] },
]

function Page() {
  const { menu, onContextMenu, onKeyDown } = useContextMenu(groups)
  return (
    <>
      <button type="button" onContextMenu={onContextMenu} onKeyDown={(event) => onKeyDown(event)}>
        web01
      </button>
      {menu}
    </>
  )
}

test('a right click opens it; what is refused can be reached by keyboard, says why and does nothing', async () => {
  ran.length = 0
  await show(<Page />)
  await userEvent.pointer({ keys: '[MouseRight]', target: screen.getByText('web01') })
  const remove = await screen.findByRole('menuitem', { name: 'Remove…', description: 'The VM is running.' })
  expect(screen.getByText('<b>web01</b>')).toBeTruthy()
  await userEvent.keyboard('{ArrowDown}{ArrowDown}')
  expect(document.activeElement).toBe(remove)
  await userEvent.keyboard('{Enter}')
  await userEvent.click(remove)
  expect(ran).toEqual([])
  await userEvent.click(screen.getByRole('menuitem', { name: 'Rename' }))
  expect(ran).toEqual(['rename'])
  await waitFor(() => expect(screen.queryByRole('menu')).toBeNull())
})

test('the keys of menus open it, Escape and scrolling close it, and focus is where it was', async () => {
  await show(<Page />)
  const row = screen.getByText('web01')
  for (const key of ['{ContextMenu}', '{Shift>}{F10}{/Shift}']) {
    row.focus()
    await userEvent.keyboard(key)
    expect(await screen.findByRole('menu', { name: 'Actions' })).toBeTruthy()
    await userEvent.keyboard('{Escape}')
    await waitFor(() => expect(screen.queryByRole('menu')).toBeNull())
    expect(document.activeElement).toBe(row)
  }
  await userEvent.keyboard('{ContextMenu}')
  await screen.findByRole('menu')
  await waitFor(() => {
    document.dispatchEvent(new Event('scroll')) // the first is taken for that of the row that was chosen
    expect(screen.queryByRole('menu')).toBeNull()
  })
  expect(document.activeElement).toBe(row)
})
