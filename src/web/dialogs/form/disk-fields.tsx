import { Group, Select, TextInput } from '@mantine/core'
import { type DiskDraft, problemOfDisk } from '../new-vm/draft.ts'
import { SizeField } from './size-field.tsx'

const sources = [
  { value: 'empty', label: 'Empty disk' },
  { value: 'copy', label: 'Copy of an image' },
  { value: 'link', label: 'Image, used in place' },
] as const satisfies { value: DiskDraft['source']; label: string }[]

interface Props {
  readonly disk: DiskDraft
  /** What tells this disk from others, for screen readers. */
  readonly label: string
  readonly isDisabled?: boolean
  onChange(disk: DiskDraft): void
}

/** Of what a disk is made. */
export function DiskFields({ disk, label, isDisabled = false, onChange }: Props) {
  const { source, sizeBytes, path } = disk
  const problem = problemOfDisk(disk)
  return (
    <Group gap="xs" wrap="nowrap" align="flex-start" flex={1}>
      <Select
        aria-label={`${label}: kind`}
        w={180}
        data={sources}
        value={source}
        allowDeselect={false}
        disabled={isDisabled}
        onChange={(value) => value && onChange({ ...disk, source: value })}
      />
      {source === 'empty' ? (
        <SizeField
          aria-label={`${label}: size`}
          unit="GiB"
          sizeBytes={sizeBytes}
          disabled={isDisabled}
          onSize={(size) => onChange({ ...disk, sizeBytes: size })}
          error={problem}
        />
      ) : (
        <TextInput
          aria-label={`${label}: path of the image`}
          flex={1}
          placeholder="/srv/images/debian-12.qcow2"
          value={path}
          disabled={isDisabled}
          onChange={(event) => onChange({ ...disk, path: event.currentTarget.value })}
          error={path === '' ? null : problem}
          autoComplete="off"
          spellCheck={false}
        />
      )}
    </Group>
  )
}
