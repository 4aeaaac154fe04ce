import { Button, Skeleton } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { createRefusal } from '../actions/checkpoint-kind.ts'
import { part } from '../api/http.ts'
import { queries } from '../api/queries.ts'
import { startTask } from '../tasks/run-task.ts'
import { useNow } from '../ui/use-now.ts'
import type { DialogProps } from './dialog.ts'
import { applyFacts } from './parts/apply-facts.ts'
import { CancelButton } from './parts/cancel-button.tsx'
import { ConfirmDialog } from './parts/confirm-dialog.tsx'
import { Facts } from './parts/facts.tsx'
import { RiskList } from './parts/risk-list.tsx'
import { useRisks } from './parts/use-risks.ts'

/** Applies a checkpoint, or reverts when Now hangs under it. The buttons are those of Hyper-V. */
export default function ApplyDialog({ vm, checkpoint: given, onClose }: DialogProps<'apply'>) {
  const nowMs = useNow(60_000)
  const { data: view, error: viewError } = useQuery(queries.vm(vm.id))
  const { data: checkpoints, error: checkpointsError } = useQuery(queries.checkpoints(vm.id))
  const checkpoint = checkpoints?.find(({ id }) => id === given.id) ?? given
  const parent = checkpoints?.find(({ isNowParent }) => isNowParent)
  const apply = useMutation({
    mutationFn: (checkpointFirst: boolean) =>
      startTask(`/vms/${part(vm.id)}/checkpoints/${part(checkpoint.id)}/apply`, {
        checkpointFirst,
        confirm: true,
        ...risks.request,
      }),
    onSuccess: onClose,
  })
  const risks = useRisks(
    [vm],
    checkpoint.kind === 'standard' ? 'apply' : 'apply-without-memory',
    new Map([[vm.id, apply.error]]),
  )
  const applyWith = (checkpointFirst: boolean) => {
    if (risks.mayGoOn()) apply.mutate(checkpointFirst)
  }
  const isFirstRefused = view !== undefined && createRefusal(view) !== null
  const isForGood = view?.settings.undoHours === 0
  return (
    <ConfirmDialog
      title={
        checkpoint.isNowParent
          ? `Revert ${vm.name} to “${checkpoint.name}”?`
          : `Apply “${checkpoint.name}” to ${vm.name}?`
      }
      isBusy={apply.isPending}
      error={apply.error ?? viewError ?? checkpointsError}
      onClose={onClose}
      buttons={
        <>
          <Button
            disabled={risks.isForbidden || apply.isPending || isFirstRefused}
            loading={apply.isPending && apply.variables}
            onClick={() => applyWith(true)}
          >
            Create checkpoint and apply
          </Button>
          <Button
            {...(isForGood ? { variant: 'outline', color: 'red' } : { variant: 'default' })}
            disabled={risks.isForbidden || apply.isPending}
            loading={apply.isPending && !apply.variables}
            onClick={() => applyWith(false)}
          >
            Apply
          </Button>
          <CancelButton isBusy={apply.isPending} onClose={onClose} />
        </>
      }
    >
      {view && checkpoints ? (
        <Facts facts={applyFacts(view, checkpoint, parent, nowMs)} />
      ) : (
        !apply.error && !viewError && !checkpointsError && <Skeleton height={200} />
      )}
      <RiskList risks={risks} />
    </ConfirmDialog>
  )
}
