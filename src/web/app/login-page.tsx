import { Alert, Button, Code, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { isApiError, request } from '../api/http.ts'
import { queryClient } from '../api/query-client.ts'
import classes from './login-page.module.css'

/** The token is in the fragment of the link that `stillpoint console` prints; a fragment is never sent to a server. */
function tokenInAddress(): string | null {
  return new URLSearchParams(location.hash.slice(1)).get('token')
}

/** Where to go afterwards: a place in the console, and nowhere else. */
function nextPlace(): string {
  const next = new URLSearchParams(location.search).get('next') ?? '/'
  if (!URL.canParse(next, location.origin)) return '/'
  const url = new URL(next, location.origin)
  return url.origin === location.origin ? url.href : '/'
}

export function LoginPage() {
  const [token, setToken] = useState(tokenInAddress() ?? '')
  const { mutate, error, isPending, isSuccess } = useMutation({
    mutationFn: (given: string) => request('/session', { method: 'POST', body: { token: given.trim() } }),
    onSuccess: () => {
      queryClient.clear()
      location.replace(nextPlace())
    },
  })

  useEffect(() => {
    const given = tokenInAddress()
    if (given === null) return
    history.replaceState(null, '', location.pathname + location.search) // out of the address and the history
    mutate(given)
  }, [mutate])

  return (
    <main className={classes.page}>
      <Paper
        withBorder
        p="xl"
        className={classes.box}
        component="form"
        onSubmit={(event) => {
          event.preventDefault()
          mutate(token)
        }}
      >
        <Stack>
          <div>
            <img src="/icon.svg" alt="" width={36} height={36} />
            <Title order={1} size="h3" mt="xs">
              Stillpoint
            </Title>
            <Text c="dimmed" size="sm">
              Log in with the token of this host, or by the link that the command{' '}
              <Code className={classes.command}>stillpoint console</Code> prints there.
            </Text>
          </div>
          <PasswordInput
            label="Token"
            value={token}
            onChange={(event) => setToken(event.currentTarget.value)}
            autoComplete="current-password"
            autoFocus
            required
            withAsterisk={false}
          />
          {error && (
            <Alert color="red" role="alert">
              {isApiError(error, 'unauthorized') ? 'That is not the token of this host.' : error.message}
            </Alert>
          )}
          <Button type="submit" loading={isPending || isSuccess} fullWidth>
            Log in
          </Button>
        </Stack>
      </Paper>
    </main>
  )
}
