import { Button, Skeleton } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { part } from '../api/http.ts'
import { queries } from '../api/queries.ts'
import { startTask } from '../tasks/run-task.ts'
import { useNow } from '../ui/use-now.ts'
import type { DialogProps } from './dialog.ts'
import { CancelButton } from './parts/cancel-button.tsx'
import { ConfirmDialog } from './parts/confirm-dialog.tsx'
import { Facts } from './parts/facts.tsx'
import { ForgetButton } from './parts/forget-button.tsx'
import { RiskList } from './parts/risk-list.tsx'
import { StateChoice } from './parts/state-choice.tsx'
import { undoFacts } from './parts/undo-facts.ts'
import { useRisks } from './parts/use-risks.ts'

/** Brings back what an apply, or an undo, discarded; or frees it. */
export default function UndoDialog({ vm, stateId, onClose }: DialogProps<'undo'>) {
  const nowMs = useNow(60_000)
  const { data: view, error: viewError } = useQuery(queries.vm(vm.id))
  const { data, error: statesError } = useQuery(queries.discarded(vm.id))
  const { data: tasks = [] } = useQuery(queries.tasks)
  const [chosenId, setChosenId] = useState(stateId)
  const states = data?.toReversed() ?? [] // newest first
  const byId = (id: string | undefined) => states.find((each) => each.id === id)
  const isGone = data !== undefined && chosenId !== undefined && !byId(chosenId)
  // What was asked for is never exchanged for another one.
  const state = chosenId === undefined ? (byId(view?.undo?.stateId) ?? states[0]) : byId(chosenId)
  const undo = useMutation({
    mutationFn: (stateId: string) =>
      startTask(`/vms/${part(vm.id)}/undo`, { stateId, confirm: true, ...risks.request }),
    onSuccess: onClose,
  })
  const forget = useMutation({
    mutationFn: (stateId: string) =>
      startTask(`/vms/${part(vm.id)}/discarded?state=${part(stateId)}`, undefined, 'DELETE'),
    onSuccess: onClose,
  })
  const risks = useRisks(
    [vm],
    state?.consistency === 'exact-memory' ? 'apply' : 'apply-without-memory',
    new Map([[vm.id, undo.error]]),
  )
  const isBusy = undo.isPending || forget.isPending
  const isBeingKept = tasks.some(
    ({ kind, vmId, endedAt }) => kind === 'checkpoint.keep' && vmId === vm.id && endedAt === null,
  )
  return (
    <ConfirmDialog
      title={`Undo an apply on ${vm.name}?`}
      isBusy={isBusy}
      error={undo.error ?? forget.error ?? viewError ?? statesError}
      onClose={onClose}
      aside={
        state && (
          <ForgetButton
            key={state.id}
            isBusy={isBusy}
            isForgetting={forget.isPending}
            onForget={() => forget.mutate(state.id)}
          />
        )
      }
      buttons={
        <>
          <CancelButton isBusy={isBusy} onClose={onClose} />
          <Button
            disabled={!state || risks.isForbidden || forget.isPending}
            loading={undo.isPending}
            onClick={() => state && risks.mayGoOn() && undo.mutate(state.id)}
          >
            Bring back
          </Button>
        </>
      }
    >
      {!data && !statesError && <Skeleton height={120} />}
      {data?.length === 0 && <div>Nothing that was discarded of this VM is kept any more.</div>}
      {isGone && states.length > 0 && <div>That state is no longer kept. These are:</div>}
      {states.length > (state ? 1 : 0) && (
        <StateChoice states={states} chosenId={state?.id ?? ''} nowMs={nowMs} onChoose={setChosenId} />
      )}
      {state && view && <Facts facts={undoFacts(view, state, isBeingKept && state === states[0], nowMs)} />}
      <RiskList risks={risks} />
    </ConfirmDialog>
  )
}
