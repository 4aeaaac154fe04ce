import { Checkbox, Radio, Stack, TextInput } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { ExportLayout } from '../../contract/transfer.ts'
import { part } from '../api/http.ts'
import { queries } from '../api/queries.ts'
import { startTask } from '../tasks/run-task.ts'
import { bytes } from '../ui/format.ts'
import type { DialogProps } from './dialog.ts'
import { FormDialog } from './parts/form-dialog.tsx'

const layouts: readonly { value: ExportLayout; label: string; description: string }[] = [
  {
    value: 'flattened',
    label: 'Flattened',
    description: 'Each disk becomes one image, and the memory one file: easy to use elsewhere.',
  },
  {
    value: 'chained',
    label: 'Chained',
    description:
      'Disks are copied as the images that they consist of, and memory with the files it is read from.',
  },
]

/** Writes a checkpoint into a folder of the host, as a whole VM. */
export default function ExportDialog({ vm, checkpoint, onClose }: DialogProps<'export'>) {
  const { data: health } = useQuery(queries.health)
  const [folder, setFolder] = useState('')
  const [layout, setLayout] = useState<ExportLayout>('flattened')
  const [withMemory, setWithMemory] = useState(true)
  const [isTried, setTried] = useState(false)
  const isAbsolute = folder.trim().startsWith('/')
  const run = useMutation({
    mutationFn: () =>
      startTask(`/vms/${part(vm.id)}/checkpoints/${part(checkpoint.id)}/export`, {
        folder: folder.trim(),
        layout,
        memory: withMemory,
      }),
    onSuccess: onClose,
  })
  const submit = () => {
    setTried(true)
    if (isAbsolute) run.mutate()
  }
  const host = health ? `the host ${health.hostName}` : 'the host of the daemon'
  return (
    <FormDialog
      title={`Export “${checkpoint.name}” of ${vm.name}`}
      submitLabel="Export"
      size={520}
      isBusy={run.isPending}
      error={run.error?.message}
      onSubmit={submit}
      onClose={onClose}
    >
      <Stack gap="md">
        <TextInput
          label="Folder"
          description={`On ${host}, not on this computer. It has to be new or empty; an export that was interrupted goes on in its own.`}
          placeholder={`/exports/${vm.name}`}
          data-autofocus
          spellCheck={false}
          value={folder}
          error={isTried && !isAbsolute && 'Write the whole path, beginning with “/”.'}
          onChange={(event) => setFolder(event.currentTarget.value)}
        />
        <Radio.Group
          label="Disks"
          value={layout}
          onChange={(value) => setLayout(value as ExportLayout)} // of these
        >
          <Stack gap="xs" mt={6}>
            {layouts.map((each) => (
              <Radio key={each.value} {...each} />
            ))}
          </Stack>
        </Radio.Group>
        {checkpoint.kind === 'standard' && (
          <Checkbox
            label={`With memory (${bytes(checkpoint.memoryMiB * 1024 * 1024)})`}
            description="Without it the checkpoint is an offline one after the import, crash consistent. Memory holds what was in use, passwords among it."
            checked={withMemory}
            onChange={(event) => setWithMemory(event.currentTarget.checked)}
          />
        )}
      </Stack>
    </FormDialog>
  )
}
