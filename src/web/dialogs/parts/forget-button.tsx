import { Button, Group } from '@mantine/core'
import { useState } from 'react'

interface ForgetButtonProps {
  readonly isBusy: boolean
  readonly isForgetting: boolean
  readonly onForget: () => void
}

/** Asks once more, in its own place. */
export function ForgetButton({ isBusy, isForgetting, onForget }: ForgetButtonProps) {
  const [isAsking, setAsking] = useState(false)
  if (!isAsking) {
    return (
      <Button
        size="compact-sm"
        variant="subtle"
        color="gray"
        disabled={isBusy}
        onClick={() => setAsking(true)}
      >
        Forget…
      </Button>
    )
  }
  return (
    <Group gap={6}>
      <span>Free it for good?</span>
      <Button
        size="compact-sm"
        variant="outline"
        color="red"
        loading={isForgetting}
        disabled={isBusy}
        onClick={onForget}
      >
        Forget
      </Button>
      <Button
        size="compact-sm"
        variant="default"
        disabled={isBusy}
        autoFocus
        onClick={() => setAsking(false)}
      >
        Keep
      </Button>
    </Group>
  )
}
