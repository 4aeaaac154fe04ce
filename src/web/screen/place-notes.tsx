import { Alert, Anchor, Button, EmptyState } from '@mantine/core'
import { IconAlertTriangle, IconDeviceDesktopOff, IconPlayerPlay, IconPower } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { VmView } from '../../contract/vm.ts'
import { part } from '../api/http.ts'
import { startTask } from '../tasks/run-task.ts'
import { displayWords, wordOf } from '../vms/config-words.ts'

/** Where there is no picture: why, and what to do. */
const look = { mt: 96, mx: 'auto', maw: 480 } as const

export function OffNote({ vm }: { vm: VmView }) {
  const { mutate, error, isPending } = useMutation({
    mutationFn: () => startTask(`/vms/${part(vm.id)}/start`),
  })
  const refusal = vm.refusals.start
  const isBusy = isPending || vm.status !== null
  return (
    <EmptyState
      {...look}
      icon={<IconPower size={36} stroke={1.5} />}
      title={`${vm.name} is off`}
      description={vm.status ?? refusal ?? 'Its screen is shown here as soon as it runs.'}
    >
      <EmptyState.Actions>
        <Button
          leftSection={<IconPlayerPlay size={16} />}
          loading={isBusy}
          disabled={refusal !== undefined}
          onClick={() => mutate()}
        >
          Start
        </Button>
      </EmptyState.Actions>
      {error && (
        <Alert color="red" role="alert" mt="md">
          {error.message}
        </Alert>
      )}
    </EmptyState>
  )
}

export function NoDisplayNote({ vm }: { vm: VmView }) {
  return (
    <EmptyState
      {...look}
      icon={<IconDeviceDesktopOff size={36} stroke={1.5} />}
      title={`${vm.name} has no display`}
      description={`It was made without one. To give it one, ${
        vm.state === 'off' ? '' : 'shut it down, then '
      }open Settings → Hardware and choose “${wordOf(displayWords, 'vnc')}” as its display.`}
    >
      <EmptyState.Actions>
        <Button variant="default" renderRoot={(props) => <Link {...props} to="/" search={{ vm: vm.id }} />}>
          Go to {vm.name}
        </Button>
      </EmptyState.Actions>
    </EmptyState>
  )
}

export function BrokenNote({ reason }: { reason: string }) {
  return (
    <EmptyState
      {...look}
      icon={<IconAlertTriangle size={36} stroke={1.5} />}
      title="This VM cannot run now"
      description={reason}
    />
  )
}

/** The VM could not be read: there is none, or the daemon does not answer. */
export function GoneNote({ error, onRetry }: { error: Error; onRetry: () => void }) {
  return (
    <main>
      <EmptyState
        {...look}
        role="alert"
        icon={<IconAlertTriangle size={36} stroke={1.5} />}
        title="This screen cannot be shown"
        description={error.message}
      >
        <EmptyState.Actions>
          <Button variant="default" onClick={onRetry}>
            Try again
          </Button>
          <Anchor component={Link} to="/" size="sm">
            Virtual machines
          </Anchor>
        </EmptyState.Actions>
      </EmptyState>
    </main>
  )
}
