import { Button, Group, Text } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useState } from 'react'
import { type DiskDraft, emptyDiskBytes, problemOfDisk } from '../new-vm/draft.ts'
import { DiskFields } from '../parts/disk-fields.tsx'
import { onEnter } from './disk-actions.tsx'

interface Props {
  readonly isBusy: boolean
  /** Why none can be added now. */
  readonly reason: string | null
  onAdd(disk: DiskDraft): Promise<boolean>
}

const first: DiskDraft = { key: 0, source: 'empty', sizeBytes: emptyDiskBytes, path: '' }

export function AddDisk({ isBusy, reason, onAdd }: Props) {
  const [disk, setDisk] = useState<DiskDraft | null>(null)
  if (reason !== null)
    return (
      <Text size="sm" c="dimmed">{`Disks can be added and removed while the VM is off. Now ${reason}.`}</Text>
    )
  if (!disk)
    return (
      <Button
        variant="default"
        size="xs"
        w="fit-content"
        leftSection={<IconPlus size={14} />}
        onClick={() => setDisk(first)}
      >
        Add a disk…
      </Button>
    )
  const isFine = problemOfDisk(disk) === null
  const add = async () => {
    if (isFine && !isBusy && (await onAdd(disk))) setDisk(null)
  }
  return (
    <Group gap="xs" wrap="nowrap" align="flex-start">
      <DiskFields disk={disk} label="New disk" onChange={setDisk} onKeyDown={onEnter(() => void add())} />
      <Button variant="default" onClick={() => setDisk(null)}>
        Cancel
      </Button>
      <Button loading={isBusy} disabled={!isFine} onClick={() => void add()}>
        Add
      </Button>
    </Group>
  )
}
