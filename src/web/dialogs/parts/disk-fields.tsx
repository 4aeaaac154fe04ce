import { Group, Select, TextInput } from '@mantine/core'
import type { KeyboardEvent } from 'react'
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
  onChange(disk: DiskDraft): void
  /** Of the field that is written in. */
  onKeyDown?(event: KeyboardEvent): void
}

/** Of what a disk is made. */
export function DiskFields({ disk, label, onChange, onKeyDown }: Props) {
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
        onChange={(value) => value && onChange({ ...disk, source: value })}
      />
      {source === 'empty' ? (
        <SizeField
          aria-label={`${label}: size`}
          unit="GiB"
          sizeBytes={sizeBytes}
          onSize={(size) => onChange({ ...disk, sizeBytes: size })}
          error={problem}
          {...(onKeyDown && { onKeyDown })}
        />
      ) : (
        <TextInput
          aria-label={`${label}: path of the image`}
          flex={1}
          placeholder="/srv/images/debian-12.qcow2"
          value={path}
          onChange={(event) => onChange({ ...disk, path: event.currentTarget.value })}
          error={path === '' ? null : problem}
          {...(onKeyDown && { onKeyDown })}
          autoComplete="off"
          spellCheck={false}
        />
      )}
    </Group>
  )
}
