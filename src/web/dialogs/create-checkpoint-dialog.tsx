import { Stack, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { VmRow, VmView } from '../../contract/vm.ts'
import { limits } from '../../vm/config.ts'
import { defaultCheckpointName } from '../../vm/name.ts'
import { createRefusal } from '../actions/checkpoint-kind.ts'
import { part } from '../api/http.ts'
import { queries } from '../api/queries.ts'
import { forEachVm, SomeRefused } from '../tasks/for-each-vm.ts'
import { startTask } from '../tasks/run-task.ts'
import { useNow } from '../ui/use-now.ts'
import type { DialogProps } from './dialog.ts'
import { CreateNotes } from './parts/create-notes.tsx'
import { type Expiry, expiresAtOf } from './parts/expiry.ts'
import { ExpiryInput, never } from './parts/expiry-input.tsx'
import { FormDialog } from './parts/form-dialog.tsx'
import { RiskList } from './parts/risk-list.tsx'
import { useRisks } from './parts/use-risks.ts'
import { VmNames } from './parts/vm-names.tsx'

/** A checkpoint of one VM, or one of each of several. What was refused is asked for again; what has begun is not. */
export default function CreateCheckpointDialog({ vms, onClose }: DialogProps<'create-checkpoint'>) {
  const nowMs = useNow()
  const [left, setLeft] = useState(vms)
  const [name, setName] = useState('')
  const [notes, setNotes] = useState('')
  const [expiry, setExpiry] = useState<Expiry>({ choice: 'as-set' })
  const [isTried, setTried] = useState(false)
  const only = vms.length === 1 ? vms[0] : undefined
  const { data: view } = useQuery({ ...queries.vm(only?.id ?? ''), enabled: only !== undefined })
  const time = expiresAtOf(expiry, nowMs)
  const create = useMutation({
    mutationFn: (request: object) =>
      forEachVm(left, ({ id }) => startTask(`/vms/${part(id)}/checkpoints`, request)),
    onSuccess: onClose,
    onError: (error) => error instanceof SomeRefused && setLeft(error.refused.map(({ vm }) => vm)),
  })
  const refused = create.error instanceof SomeRefused ? create.error.refused : []
  const risks = useRisks(left, 'create', new Map(refused.map(({ vm, reason }) => [vm.id, reason])))
  const cannot = risks.isForbidden || (only && view && createRefusal(view) !== null)
  const submit = () => {
    setTried(true)
    if ('refusal' in time || !risks.mayGoOn()) return
    create.mutate({
      ...(name.trim() !== '' && { name: name.trim() }),
      notes,
      ...(time.expiresAt !== undefined && { expiresAt: time.expiresAt }),
      ...risks.request,
    })
  }
  return (
    <FormDialog
      title={
        only ? `Create a checkpoint of ${only.name}` : `Create checkpoints of ${vms.length} virtual machines`
      }
      submitLabel="Create"
      size={520}
      isBusy={create.isPending}
      isChanged={notes !== ''}
      incomplete={cannot ? '' : null}
      error={create.error?.message}
      onSubmit={submit}
      onClose={onClose}
    >
      <Stack gap="md">
        {!only && <VmNames vms={left} />}
        <TextInput
          label={only ? 'Name' : 'Name of each'}
          placeholder={defaultCheckpointName(only?.name ?? '<VM>', new Date(nowMs))}
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Textarea
          label="Notes"
          autosize
          minRows={2}
          maxRows={10}
          maxLength={limits.notesLength.max}
          value={notes}
          onChange={(event) => setNotes(event.currentTarget.value)}
        />
        <ExpiryInput
          value={expiry}
          nowMs={nowMs}
          asSet={expiryAsSet(only, view)}
          error={isTried && 'refusal' in time ? time.refusal : null}
          onChange={setExpiry}
        />
        <CreateNotes vms={left} />
        <RiskList risks={risks} showsNames={!only} />
      </Stack>
    </FormDialog>
  )
}

/** What happens when nothing is said about it. */
function expiryAsSet(only: VmRow | undefined, view: VmView | undefined): string {
  if (!only) return 'As each VM’s settings say'
  if (!view) return 'As the settings say'
  const days = view.settings.maxCheckpointAgeDays
  if (days === null) return never
  return `As the settings say: after ${days === 1 ? '1 day' : `${days} days`}`
}
