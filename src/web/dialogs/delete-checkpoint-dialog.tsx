import { Button } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { part } from '../api/http.ts'
import { queries } from '../api/queries.ts'
import { startTask } from '../tasks/run-task.ts'
import { bytes } from '../ui/format.ts'
import type { DialogProps } from './dialog.ts'
import { CancelButton } from './parts/cancel-button.tsx'
import { ConfirmDialog } from './parts/confirm-dialog.tsx'
import { deleteFacts, groupFacts, sizeOf, subtreeOf } from './parts/delete-facts.ts'
import { Facts } from './parts/facts.tsx'
import { GoingList } from './parts/going-list.tsx'

/** One checkpoint, or one and all below it. */
export default function DeleteCheckpointDialog({
  vm,
  checkpoint: given,
  subtree,
  onClose,
}: DialogProps<'delete-checkpoint'>) {
  const { data: checkpoints = [given], error } = useQuery(queries.checkpoints(vm.id))
  const { data: discarded = [] } = useQuery(queries.discarded(vm.id))
  const checkpoint = checkpoints.find(({ id }) => id === given.id) ?? given
  const going = subtree ? subtreeOf(checkpoints, checkpoint.id) : []
  const remove = useMutation({
    mutationFn: () =>
      startTask(
        `/vms/${part(vm.id)}/checkpoints/${part(checkpoint.id)}${subtree ? '?subtree=true' : ''}`,
        undefined,
        'DELETE',
      ),
    onSuccess: onClose,
  })
  const count = going.length === 1 ? 'checkpoint' : `${going.length} checkpoints`
  return (
    <ConfirmDialog
      title={
        subtree
          ? `Delete “${checkpoint.name}” and all checkpoints below it?`
          : `Delete checkpoint “${checkpoint.name}”?`
      }
      isBusy={remove.isPending}
      error={remove.error ?? error}
      onClose={onClose}
      buttons={
        <>
          <CancelButton isBusy={remove.isPending} onClose={onClose} />
          <Button color="red" loading={remove.isPending} onClick={() => remove.mutate()}>
            {subtree ? `Delete ${count}` : 'Delete'}
          </Button>
        </>
      }
    >
      <div>
        {`${vm.name} cannot be put back there any more. Its current state, and all other checkpoints, lose nothing.`}
      </div>
      {subtree ? (
        <>
          <GoingList going={going} />
          <Facts facts={subtreeFacts()} />
        </>
      ) : (
        <Facts
          facts={deleteFacts(
            checkpoints,
            checkpoint,
            discarded.filter(({ parentId }) => parentId === checkpoint.id).length,
          )}
        />
      )}
    </ConfirmDialog>
  )

  function subtreeFacts() {
    const all = going.map((each) => each.checkpoint)
    const parent = checkpoints.find(({ id }) => id === checkpoint.parentId)
    const holdsNow = going.some(({ leadsToNow }) => leadsToNow)
    return [
      {
        label: 'Space',
        text: `Up to ${bytes(sizeOf(all))} come free; what Now needs is merged in the background.`,
      },
      ...(holdsNow
        ? [
            {
              label: 'Now',
              text: parent
                ? `Then hangs under “${parent.name}”.`
                : 'Then hangs under nothing: there is nothing to revert to any more.',
            },
          ]
        : []),
      ...groupFacts(all),
    ]
  }
}
