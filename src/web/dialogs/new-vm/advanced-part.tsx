import { Collapse, Select, Stack, Text, TextInput, UnstyledButton } from '@mantine/core'
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react'
import { useId, useState } from 'react'
import { backingWords } from '../../vms/config-words.ts'
import classes from './new-vm.module.css'
import type { PartProps } from './part.ts'

/** What few need: memory of another kind, and a kernel that is booted directly. */
export function AdvancedPart({ draft, problems, change }: PartProps) {
  const [isOpen, setOpen] = useState(false)
  const id = useId()
  const file = { autoComplete: 'off', spellCheck: false } as const
  return (
    <div>
      <UnstyledButton
        className={classes.toggle}
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => setOpen(!isOpen)}
      >
        {isOpen ? <IconChevronDown size={16} /> : <IconChevronRight size={16} />}
        Advanced
      </UnstyledButton>
      <Collapse expanded={isOpen} id={id} transitionDuration={0}>
        <Stack gap="sm" pt="xs">
          <Select
            label="Kind of memory"
            data={backingWords}
            allowDeselect={false}
            value={draft.memoryBacking}
            onChange={(memoryBacking) => memoryBacking && change({ memoryBacking })}
          />
          <TextInput
            label="Kernel"
            description="Booted directly, without a boot loader. Full paths on the host."
            placeholder="/boot/vmlinuz"
            value={draft.kernel}
            onChange={(event) => change({ kernel: event.currentTarget.value })}
            error={problems.kernel}
            {...file}
          />
          <TextInput
            label="Initial RAM disk"
            placeholder="/boot/initrd.img"
            value={draft.initrd}
            onChange={(event) => change({ initrd: event.currentTarget.value })}
            error={problems.initrd}
            {...file}
          />
          <TextInput
            label="Command line"
            placeholder="root=/dev/vda1 console=ttyS0"
            value={draft.append}
            onChange={(event) => change({ append: event.currentTarget.value })}
            error={problems.append}
            {...file}
          />
          <Text size="xs" c="dimmed">
            Everything else about checkpoints can be set afterwards, in Settings.
          </Text>
        </Stack>
      </Collapse>
    </div>
  )
}
