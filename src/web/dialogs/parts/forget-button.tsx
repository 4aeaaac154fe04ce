import { Button, Group } from '@mantine/core'
import { useState } from 'react'

interface ForgetButtonProps {
  readonly isBusy: boolean
  readonly isForgetting: boolean
  readonly onForget: () => void
}

/** Asks once more, in its own place. */
export function ForgetButton({ isBusy, isForgetting, onForget }: ForgetButtonProps) {
  const [step, setStep] = useState<'idle' | 'asking' | 'kept'>('idle')
  if (step !== 'asking') {
    return (
      <Button
        size="compact-sm"
        variant="subtle"
        color="gray"
        disabled={isBusy}
        autoFocus={step === 'kept'}
        onClick={() => setStep('asking')}
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
      <Button size="compact-sm" variant="default" disabled={isBusy} autoFocus onClick={() => setStep('kept')}>
        Keep
      </Button>
    </Group>
  )
}
