import { Button, Group, Text } from '@mantine/core'
import { type KeyboardEvent, useState } from 'react'
import type { VmView } from '../../../contract/vm.ts'
import { SizeField } from '../parts/size-field.tsx'
import classes from './disks-page.module.css'

interface Props {
  readonly disk: VmView['disks'][number]
  readonly isBusy: boolean
  readonly whyNotGrown: string | null
  readonly whyNotRemoved: string | null
  onGrow(sizeBytes: number): Promise<boolean>
  onRemove(): Promise<boolean>
}

/** Growing and removing a disk; each asks in the row itself. */
export function DiskActions({ disk, isBusy, whyNotGrown, whyNotRemoved, onGrow, onRemove }: Props) {
  const [asked, setAsked] = useState<'grow' | 'remove' | null>(null)
  const [sizeBytes, setSizeBytes] = useState(disk.virtualSizeBytes)
  const done = async (doing: Promise<boolean>) => {
    if (await doing) setAsked(null)
  }
  if (asked === 'remove')
    return (
      <div className={classes.ask} role="alert">
        <Text size="sm" flex={1}>
          {`What ${disk.id} holds now is lost; checkpoints keep what they have of it.`}
          {disk.linked && ' The image itself stays.'}
        </Text>
        <Button size="compact-sm" variant="default" autoFocus onClick={() => setAsked(null)}>
          Keep it
        </Button>
        <Button size="compact-sm" color="red" loading={isBusy} onClick={() => void done(onRemove())}>
          Remove disk
        </Button>
      </div>
    )
  if (asked === 'grow') {
    const isLarger = sizeBytes > disk.virtualSizeBytes
    const grow = () => {
      if (isLarger && !isBusy) void done(onGrow(sizeBytes))
    }
    return (
      <div className={classes.ask}>
        <SizeField
          aria-label={`New size of ${disk.id}`}
          size="xs"
          autoFocus
          unit="GiB"
          sizeBytes={sizeBytes}
          onSize={setSizeBytes}
          onKeyDown={onEnter(grow)}
        />
        <Button size="compact-sm" variant="default" onClick={() => setAsked(null)}>
          Cancel
        </Button>
        <Button size="compact-sm" loading={isBusy} disabled={!isLarger} onClick={grow}>
          Grow
        </Button>
      </div>
    )
  }
  return (
    <Group gap={4} wrap="nowrap">
      <Button
        size="compact-sm"
        variant="subtle"
        disabled={isBusy || whyNotGrown !== null}
        title={whyNotGrown ?? undefined}
        aria-label={`Grow ${disk.id}`}
        onClick={() => {
          setSizeBytes(disk.virtualSizeBytes)
          setAsked('grow')
        }}
      >
        Grow…
      </Button>
      <Button
        size="compact-sm"
        variant="subtle"
        color="red"
        disabled={isBusy || whyNotRemoved !== null}
        title={whyNotRemoved ?? undefined}
        aria-label={`Remove ${disk.id}`}
        onClick={() => setAsked('remove')}
      >
        Remove…
      </Button>
    </Group>
  )
}

/** Enter does this, and does not save the settings around it. */
export function onEnter(act: () => void) {
  return (event: KeyboardEvent) => {
    if (event.key !== 'Enter') return
    event.preventDefault()
    act()
  }
}
