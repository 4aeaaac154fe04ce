import { screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test } from 'vitest'
import { FakeApi, Refusal } from '../testing/fake-api.ts'
import { show } from '../testing/render.tsx'
import { LoginPage } from './login-page.tsx'

test('a wrong token is refused in words, and can be corrected', async () => {
  const api = new FakeApi({
    'POST /session': new Refusal(401, 'unauthorized', 'The token is wrong.'),
  })
  await show(<LoginPage />)
  await userEvent.type(screen.getByLabelText(/Token/), ' wrong ')
  await userEvent.click(screen.getByRole('button', { name: 'Log in' }))
  expect(await screen.findByRole('alert')).toHaveProperty(
    'textContent',
    'That is not the token of this host.',
  )
  expect(api.bodiesOf('POST /session')).toEqual([{ token: 'wrong' }])
  expect(screen.getByRole('button', { name: 'Log in' })).toHaveProperty('disabled', false)
})
