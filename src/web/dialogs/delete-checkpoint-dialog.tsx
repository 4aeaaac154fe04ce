import { Button, Skeleton } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { part } from '../api/http.ts'
import { queries } from '../api/queries.ts'
import { startTask } from '../tasks/run-task.ts'
import type { DialogProps } from './dialog.ts'
import { CancelButton } from './parts/cancel-button.tsx'
import { ConfirmDialog } from './parts/confirm-dialog.tsx'
import { deleteFacts, subtreeFacts, subtreeOf } from './parts/delete-facts.ts'
import { Facts } from './parts/facts.tsx'
import { GoingList } from './parts/going-list.tsx'

/** One checkpoint, or one and all below it. */
export default function DeleteCheckpointDialog(props: DialogProps<'delete-checkpoint'>) {
  const { vm, checkpoint, subtree, onClose } = props
  const { data: checkpoints, error: checkpointsError } = useQuery(queries.checkpoints(vm.id))
  const { data: discarded, error: discardedError } = useQuery(queries.discarded(vm.id))
  const going = subtree && checkpoints ? subtreeOf(checkpoints, checkpoint.id) : []
  const remove = useMutation({
    mutationFn: () =>
      startTask(
        `/vms/${part(vm.id)}/checkpoints/${part(checkpoint.id)}${subtree ? '?subtree=true' : ''}`,
        undefined,
        'DELETE',
      ),
    onSuccess: onClose,
  })
  const isGone = checkpoints?.every(({ id }) => id !== checkpoint.id) === true
  const error = remove.error ?? checkpointsError ?? discardedError
  return (
    <ConfirmDialog
      title={
        subtree
          ? `Delete “${checkpoint.name}” and all checkpoints below it?`
          : `Delete checkpoint “${checkpoint.name}”?`
      }
      isBusy={remove.isPending}
      error={error}
      onClose={onClose}
      buttons={
        <>
          <CancelButton isBusy={remove.isPending} onClose={onClose} />
          <Button color="red" disabled={isGone} loading={remove.isPending} onClick={() => remove.mutate()}>
            {going.length > 1 ? `Delete ${going.length} checkpoints` : 'Delete'}
          </Button>
        </>
      }
    >
      <div>
        {`${vm.name} can then no longer be put back to ${subtree ? 'them' : 'it'}. Its current state and all other checkpoints lose nothing.`}
      </div>
      {going.length > 0 && <GoingList going={going} />}
      {checkpoints && discarded ? (
        <Facts
          facts={
            subtree ? subtreeFacts(checkpoints, going) : deleteFacts(checkpoints, checkpoint.id, discarded)
          }
        />
      ) : (
        !error && <Skeleton height={80} />
      )}
    </ConfirmDialog>
  )
}
