import { Alert, Stack, Text, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { stateRefusal } from '../actions/vm-refusals.ts'
import { part } from '../api/http.ts'
import { forEachVm, SomeRefused } from '../tasks/for-each-vm.ts'
import { startTask } from '../tasks/run-task.ts'
import { useEndOfTask } from '../tasks/use-end-of-task.ts'
import { countOf } from '../ui/words.ts'
import type { DialogProps } from './dialog.ts'
import classes from './parts/form-dialog.module.css'
import { FormDialog } from './parts/form-dialog.tsx'
import { VmNames } from './parts/vm-names.tsx'

export default function RemoveVmDialog({ vms, onClose }: DialogProps<'remove-vm'>) {
  const [left, setLeft] = useState(vms)
  const [typed, setTyped] = useState('')
  const endOfTask = useEndOfTask()
  const { mutate, error, isPending } = useMutation({
    mutationFn: () =>
      forEachVm(left, async ({ id }) =>
        endOfTask(await startTask(`/vms/${part(id)}?confirm=true`, undefined, 'DELETE')),
      ),
    onError: (failure) => {
      if (failure instanceof SomeRefused) setLeft(failure.refused.map(({ vm }) => vm))
      setTyped('')
    },
  })
  const [only] = left
  const asked = left.length === 1 ? (only?.name ?? '') : String(left.length)
  const running = left.filter(({ state }) => stateRefusal('remove', state) !== null)
  const checkpoints = left.reduce((sum, { checkpointCount }) => sum + checkpointCount, 0)
  return (
    <FormDialog
      title={left.length === 1 ? `Remove ${only?.name}` : `Remove ${countOf(left.length, 'virtual machine')}`}
      submitLabel="Remove"
      isDangerous
      isBusy={isPending}
      canLeaveBusy
      incomplete={typed.trim() === asked.trim() && running.length === 0 ? null : ''}
      error={error?.message}
      onSubmit={() => mutate(undefined, { onSuccess: onClose })}
      onClose={onClose}
    >
      <Stack gap="md">
        {left.length > 1 && (
          <VmNames
            vms={left}
            note={({ checkpointCount: count }) => count > 0 && countOf(count, 'checkpoint')}
          />
        )}
        <Text size="sm">
          {left.length === 1 ? 'Its disks' : 'Their disks'}
          {checkpoints > 0 && ` and ${countOf(checkpoints, 'checkpoint')}`} are deleted with{' '}
          {left.length === 1 ? 'it' : 'them'}, and cannot be brought back. Images that are used in place stay
          where they are.
        </Text>
        {running.length > 0 && (
          <Alert color="orange" py="xs">
            {left.length === 1
              ? `It cannot be removed now: ${stateRefusal('remove', only?.state ?? 'off')}. Stop it first.`
              : `${countOf(running.length, 'VM is', 'VMs are')} not off: ${running
                  .slice(0, 3)
                  .map(({ name }) => name)
                  .join(', ')}${running.length > 3 ? ', …' : ''}. Stop them first.`}
          </Alert>
        )}
        <TextInput
          data-autofocus
          label={
            left.length === 1 ? (
              <>
                To confirm, type its name:{' '}
                <b translate="no" className={classes.asked}>
                  {asked}
                </b>
              </>
            ) : (
              <>
                To confirm, type how many are removed: <b>{asked}</b>
              </>
            )
          }
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          autoComplete="off"
          spellCheck={false}
          disabled={running.length > 0}
        />
      </Stack>
    </FormDialog>
  )
}
