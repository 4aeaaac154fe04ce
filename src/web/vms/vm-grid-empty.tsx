import { Alert, Button, Group, Skeleton, Text, VisuallyHidden } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useSelection } from '../app/selection.tsx'
import { useOpenDialog } from '../dialogs/dialog-host.tsx'
import classes from './vm-grid.module.css'

export function EmptyList() {
  const openDialog = useOpenDialog()
  return (
    <div className={classes.empty}>
      <Text size="sm">
        This host has no virtual machines yet. Make a new one, or import one that was exported from a
        checkpoint.
      </Text>
      <Group gap="xs">
        <Button onClick={() => openDialog({ kind: 'new-vm' })}>New virtual machine…</Button>
        <Button variant="default" onClick={() => openDialog({ kind: 'import' })}>
          Import…
        </Button>
      </Group>
    </div>
  )
}

export function NothingFound() {
  const { text, tag, setText, selectTag } = useSelection()
  const search = text.trim() && `“${text.trim()}” in its name or tags`
  const tagged = tag !== null && `the tag “${tag}”`
  return (
    <div className={classes.empty} role="status">
      <Text size="sm">No virtual machine has {[search, tagged].filter(Boolean).join(' and ')}.</Text>
      <Button
        variant="default"
        onClick={() => {
          setText('')
          selectTag(null)
        }}
      >
        Show all
      </Button>
    </div>
  )
}

export function ListError({ error, onRetry }: { error: Error; onRetry(): void }) {
  return (
    <Alert
      role="alert"
      color="red"
      variant="light"
      icon={<IconAlertTriangle size={18} />}
      title="The virtual machines could not be read"
      m="md"
    >
      <Text size="sm" mb="xs">
        {error.message}
      </Text>
      <Button variant="default" onClick={onRetry}>
        Try again
      </Button>
    </Alert>
  )
}

/** Shows nothing at first: most lists are there at once. */
export function LoadingList() {
  return (
    <div className={classes.late} role="status">
      <VisuallyHidden>The virtual machines are being read</VisuallyHidden>
      {['60%', '45%', '70%', '50%'].map((width) => (
        <Skeleton key={width} height={14} width={width} />
      ))}
    </div>
  )
}
