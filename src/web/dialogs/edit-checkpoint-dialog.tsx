import { Stack, Textarea, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { ChangeCheckpoint, CheckpointView } from '../../contract/checkpoint.ts'
import { limits } from '../../vm/config.ts'
import { part, request } from '../api/http.ts'
import { queries } from '../api/queries.ts'
import { queryClient } from '../api/query-client.ts'
import { useNow } from '../ui/use-now.ts'
import type { DialogProps } from './dialog.ts'
import { type Expiry, expiresAtOf, expiryOf } from './parts/expiry.ts'
import { ExpiryInput } from './parts/expiry-input.tsx'
import { FormDialog } from './parts/form-dialog.tsx'

/** Name, notes and expiry; only what was changed is sent. */
export default function EditCheckpointDialog({ vm, checkpoint, onClose }: DialogProps<'edit-checkpoint'>) {
  const nowMs = useNow(60_000)
  const [name, setName] = useState(checkpoint.name)
  const [notes, setNotes] = useState(checkpoint.notes)
  const [expiry, setExpiry] = useState<Expiry | null>(null) // null: as it is
  const [isTried, setTried] = useState(false)
  const time = expiresAtOf(expiry ?? { choice: 'as-set' }, nowMs)
  const change: ChangeCheckpoint = {
    ...(name !== checkpoint.name && { name }),
    ...(notes !== checkpoint.notes && { notes }),
    ...('expiresAt' in time &&
      time.expiresAt !== undefined &&
      time.expiresAt !== checkpoint.expiresAt && { expiresAt: time.expiresAt }),
  }
  const save = useMutation({
    mutationFn: () =>
      request<CheckpointView>(`/vms/${part(vm.id)}/checkpoints/${part(checkpoint.id)}`, {
        method: 'PATCH',
        body: change,
      }),
    onSuccess() {
      void queryClient.invalidateQueries({ queryKey: queries.checkpoints(vm.id).queryKey })
      onClose()
    },
  })
  const submit = () => {
    setTried(true)
    if ('refusal' in time || name.trim() === '') return
    if (Object.keys(change).length === 0) onClose()
    else save.mutate()
  }
  return (
    <FormDialog
      title={`Edit “${checkpoint.name}”`}
      submitLabel="Save"
      isBusy={save.isPending}
      isChanged={notes !== checkpoint.notes}
      error={save.error?.message}
      onSubmit={submit}
      onClose={onClose}
    >
      <Stack gap="md">
        <TextInput
          label="Name"
          data-autofocus
          value={name}
          error={isTried && name.trim() === '' && 'A checkpoint needs a name.'}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Textarea
          label="Notes"
          autosize
          minRows={3}
          maxRows={12}
          maxLength={limits.notesLength.max}
          value={notes}
          onChange={(event) => setNotes(event.currentTarget.value)}
        />
        <ExpiryInput
          value={expiry ?? expiryOf(checkpoint.expiresAt)}
          nowMs={nowMs}
          error={isTried && 'refusal' in time ? time.refusal : null}
          onChange={setExpiry}
        />
      </Stack>
    </FormDialog>
  )
}
