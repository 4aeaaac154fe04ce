import { Button, EmptyState } from '@mantine/core'
import { IconMoodConfuzed } from '@tabler/icons-react'
import { isMissingPart } from './page-age.ts'

/** Where a page cannot be shown at all. */
export function ErrorPage({ error }: { error?: unknown }) {
  if (isMissingPart(error)) return <MissingPart />
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

function MissingPart() {
  return (
    <EmptyState
      mt={120}
      icon={<IconMoodConfuzed size={40} />}
      title="A part of this page cannot be loaded"
      description="The daemon does not answer, or it has a newer console than this page."
    >
      <EmptyState.Actions>
        <Button onClick={() => location.reload()}>Load the page again</Button>
      </EmptyState.Actions>
    </EmptyState>
  )
}
