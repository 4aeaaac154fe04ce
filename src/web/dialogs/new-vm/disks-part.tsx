import { ActionIcon, Button, Group, Stack, Text } from '@mantine/core'
import { IconPlus, IconTrash } from '@tabler/icons-react'
import { limits } from '../../../vm/config.ts'
import { DiskFields } from '../parts/disk-fields.tsx'
import { type DiskDraft, emptyDiskBytes } from './draft.ts'
import classes from './new-vm.module.css'

interface Props {
  readonly disks: readonly DiskDraft[]
  onChange(disks: readonly DiskDraft[]): void
}

export function DisksPart({ disks, onChange }: Props) {
  const add = () => {
    const key = Math.max(-1, ...disks.map((disk) => disk.key)) + 1
    onChange([...disks, { key, source: 'empty', sizeBytes: emptyDiskBytes, path: '' }])
  }
  const hasLink = disks.some(({ source }) => source === 'link')
  return (
    <fieldset className={classes.part}>
      <legend className={classes.legend}>Disks</legend>
      <Stack gap="xs">
        {disks.map((disk, index) => (
          <Group key={disk.key} gap="xs" wrap="nowrap" align="flex-start">
            <DiskFields
              disk={disk}
              label={`Disk ${index + 1}`}
              onChange={(changed) => onChange(disks.with(index, changed))}
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              mt={4}
              aria-label={`Leave out disk ${index + 1}`}
              onClick={() => onChange(disks.toSpliced(index, 1))}
            >
              <IconTrash size={16} />
            </ActionIcon>
          </Group>
        ))}
        {disks.length === 0 && (
          <Text size="sm" c="dimmed">
            No disk. It can start from a kernel (Advanced), or get disks later.
          </Text>
        )}
        {hasLink && (
          <Text size="sm" c="dimmed">
            An image that is used in place is written to, and stays when the VM is removed.
          </Text>
        )}
        <Button
          variant="subtle"
          size="compact-sm"
          w="fit-content"
          leftSection={<IconPlus size={14} />}
          disabled={disks.length >= limits.disks.max}
          onClick={add}
        >
          Add a disk
        </Button>
      </Stack>
    </fieldset>
  )
}
