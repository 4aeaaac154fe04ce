import { IconPlayerPlay } from '@tabler/icons-react'
import { screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { useState } from 'react'
import { expect, test } from 'vitest'
import { show } from '../testing/render.tsx'
import { ActionButton } from './action-button.tsx'

function Page() {
  const [refusal, setRefusal] = useState<string | null>(null)
  const run = () => setRefusal('The VM is running.')
  return <ActionButton action={{ id: 'start', label: 'Start', icon: IconPlayerPlay, refusal, run }} />
}

test('an action that is refused once it is done keeps the focus', async () => {
  await show(<Page />)
  await userEvent.tab()
  await userEvent.keyboard('{Enter}')
  const button = screen.getByRole('button', { name: 'Start' })
  expect(button.getAttribute('aria-disabled')).toBe('true')
  expect(document.activeElement).toBe(button)
})
