import { Checkbox, Select, Stack, TagsInput, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { VmView } from '../../contract/vm.ts'
import { limits } from '../../vm/config.ts'
import { part } from '../api/http.ts'
import { runTask, startTask } from '../tasks/run-task.ts'
import { useEndOfTask } from '../tasks/use-end-of-task.ts'
import { policyWords } from '../vms/config-words.ts'
import type { DialogProps } from './dialog.ts'
import { AdvancedPart } from './new-vm/advanced-part.tsx'
import { DisksPart } from './new-vm/disks-part.tsx'
import { firstDraft, type NewVmDraft, problemOfDisk, problemsOf, requestOf } from './new-vm/draft.ts'
import { HardwarePart } from './new-vm/hardware-part.tsx'
import { FormDialog } from './parts/form-dialog.tsx'
import { TaskProgress } from './parts/task-progress.tsx'

export default function NewVmDialog({ onClose }: DialogProps<'new-vm'>) {
  const [draft, setDraft] = useState(firstDraft)
  const [isNameLeft, setNameLeft] = useState(false)
  const [taskId, setTaskId] = useState<string | null>(null)
  const change = (changed: Partial<NewVmDraft>) => setDraft((old) => ({ ...old, ...changed }))
  const endOfTask = useEndOfTask()
  const { mutate, error, isPending } = useMutation({
    mutationFn: async (wanted: NewVmDraft) => {
      const task = await startTask('/vms', requestOf(wanted))
      setTaskId(task.id)
      const vm = (await endOfTask(task)).result as VmView // by the contract of this task
      if (wanted.startsAfter) await runTask(`/vms/${part(vm.id)}/start`) // it is there, whether it starts or not
    },
  })
  const problems = problemsOf(draft)
  const isIncomplete = Object.keys(problems).length > 0 || draft.disks.some((disk) => problemOfDisk(disk))
  const parts = { draft, problems, change }
  return (
    <FormDialog
      title="New virtual machine"
      submitLabel="Create"
      size={600}
      isBusy={isPending}
      canLeaveBusy
      isChanged={draft !== firstDraft}
      incomplete={isIncomplete ? '' : null}
      error={error?.message}
      onSubmit={() => mutate(draft, { onSuccess: onClose })}
      onClose={onClose}
    >
      <Stack gap="md">
        <TextInput
          data-autofocus
          required
          label="Name"
          value={draft.name}
          onChange={(event) => change({ name: event.currentTarget.value })}
          onBlur={() => setNameLeft(true)}
          error={isNameLeft || draft.name !== '' ? problems.name : null}
          autoComplete="off"
          spellCheck={false}
        />
        <HardwarePart {...parts} />
        <DisksPart disks={draft.disks} onChange={(disks) => change({ disks })} />
        <Select
          label="Checkpoints"
          data={policyWords}
          allowDeselect={false}
          value={draft.checkpointPolicy}
          onChange={(checkpointPolicy) => checkpointPolicy && change({ checkpointPolicy })}
        />
        <TagsInput
          label="Tags"
          placeholder={draft.tags.length === 0 ? 'Type one, then press Enter' : ''}
          value={[...draft.tags]}
          onChange={(tags) => change({ tags })}
          maxTags={limits.tags.count}
          acceptValueOnBlur
        />
        <AdvancedPart {...parts} />
        <Checkbox
          label="Start it when it is created"
          checked={draft.startsAfter}
          onChange={(event) => change({ startsAfter: event.currentTarget.checked })}
        />
        {isPending && taskId && <TaskProgress taskId={taskId} />}
      </Stack>
    </FormDialog>
  )
}
