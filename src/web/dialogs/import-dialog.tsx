import { Radio, Stack, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { Identity } from '../../contract/transfer.ts'
import { startTask } from '../tasks/run-task.ts'
import { useEndOfTask } from '../tasks/use-end-of-task.ts'
import type { DialogProps } from './dialog.ts'
import { FormDialog } from './parts/form-dialog.tsx'
import { TaskProgress } from './parts/task-progress.tsx'

export default function ImportDialog({ onClose }: DialogProps<'import'>) {
  const [folder, setFolder] = useState('')
  const [name, setName] = useState('')
  const [identity, setIdentity] = useState<Identity>('new')
  const [taskId, setTaskId] = useState<string | null>(null)
  const endOfTask = useEndOfTask()
  const { mutate, error, isPending } = useMutation({
    mutationFn: async () => {
      const task = await startTask('/vms/import', {
        folder: folder.trim(),
        identity,
        ...(name.trim() !== '' && { name: name.trim() }),
      })
      setTaskId(task.id)
      await endOfTask(task) // its warnings are told when it ends, whether the dialog is open or not
    },
  })
  const isAbsolute = folder.trim().startsWith('/')
  return (
    <FormDialog
      title="Import virtual machine"
      submitLabel="Import"
      size={520}
      isBusy={isPending}
      canLeaveBusy
      isChanged={folder !== '' || name !== ''}
      incomplete={isAbsolute ? null : ''}
      error={error?.message}
      onSubmit={() => mutate(undefined, { onSuccess: onClose })}
      onClose={onClose}
    >
      <Stack gap="md">
        <TextInput
          data-autofocus
          required
          label="Folder"
          description="The folder on the host that a checkpoint was exported into, as a full path. It is copied, not changed."
          placeholder="/srv/exports/web01"
          value={folder}
          onChange={(event) => setFolder(event.currentTarget.value)}
          error={folder === '' || isAbsolute ? null : 'A full path begins with a slash.'}
          autoComplete="off"
          spellCheck={false}
        />
        <TextInput
          label="Name"
          placeholder="The name that it had"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          autoComplete="off"
        />
        <Radio.Group label="Identity" value={identity} onChange={setIdentity}>
          <Stack gap="xs" mt={4}>
            <Radio
              value="new"
              label="A new one: this is a copy"
              description="Ids, network address and system UUID of its own, so that it can run beside the VM that was exported."
            />
            <Radio
              value="keep"
              label="Keep it: this is the same machine, moved"
              description="As it was exported. The original must be gone from this host, and must not run anywhere else."
            />
          </Stack>
        </Radio.Group>
        {isPending && taskId && <TaskProgress taskId={taskId} />}
      </Stack>
    </FormDialog>
  )
}
