import { Button, EmptyState } from '@mantine/core'
import { IconMoodConfuzed } from '@tabler/icons-react'

/** Where a page cannot be shown at all. */
export function ErrorPage({ error }: { error?: unknown }) {
  return (
    <EmptyState
      mt={120}
      icon={<IconMoodConfuzed size={40} />}
      title={error ? 'This page cannot be shown' : 'There is no such page'}
      description={error instanceof Error ? error.message : 'The address leads nowhere in the console.'}
    >
      <EmptyState.Actions>
        <Button component="a" href="/">
          Go to the virtual machines
        </Button>
      </EmptyState.Actions>
    </EmptyState>
  )
}
