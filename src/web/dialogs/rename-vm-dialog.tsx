import { TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { limits } from '../../vm/config.ts'
import { part, request } from '../api/http.ts'
import type { DialogProps } from './dialog.ts'
import { FormDialog } from './parts/form-dialog.tsx'

export default function RenameVmDialog({ vm, onClose }: DialogProps<'rename-vm'>) {
  const [name, setName] = useState(vm.name)
  const wanted = name.trim()
  const { mutate, error, isPending } = useMutation({
    mutationFn: () => request(`/vms/${part(vm.id)}`, { method: 'PATCH', body: { name: wanted } }),
    onSuccess: onClose, // the list follows the daemon's events
  })
  return (
    <FormDialog
      title="Rename virtual machine"
      submitLabel="Rename"
      isBusy={isPending}
      incomplete={incompleteOf(wanted, vm.name)}
      error={error?.message}
      onSubmit={() => mutate()}
      onClose={onClose}
    >
      <TextInput
        label="Name"
        description="No two virtual machines have the same name. Its checkpoints and files stay as they are."
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        onFocus={(event) => event.currentTarget.select()}
        data-autofocus
        autoComplete="off"
        spellCheck={false}
      />
    </FormDialog>
  )
}

function incompleteOf(wanted: string, present: string): string | null {
  if (wanted === present) return ''
  const length = [...wanted].length
  if (length < limits.nameLength.min) return 'A name cannot be blank.'
  return length > limits.nameLength.max
    ? `A name can have ${limits.nameLength.max} characters; this one has ${length}.`
    : null
}
