import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { VmRow } from '../../contract/vm.ts'
import { part } from '../api/http.ts'
import { queries } from '../api/queries.ts'
import { useSelection } from '../app/selection.tsx'
import { useOpenDialog } from '../dialogs/dialog-host.tsx'
import { forEachVm, SomeRefused } from '../tasks/for-each-vm.ts'
import { startTask } from '../tasks/run-task.ts'
import { showError } from '../tasks/show-error.ts'
import type { Action, ActionGroup } from './action.ts'
import { vmActionLooks } from './vm-action-looks.ts'
import { refusalOfAll, type VmDeed } from './vm-refusals.ts'

/** The rows of the VMs that are chosen, in the order of the list. */
function useChosenRows(): readonly VmRow[] {
  const { vmIds } = useSelection()
  const { data: rows } = useQuery(queries.vmRows)
  return useMemo(() => rows?.filter(({ id }) => vmIds.has(id)) ?? [], [rows, vmIds])
}

/** What can be done with the chosen VMs; no group when none is chosen. */
export function useVmActions(): readonly ActionGroup[] {
  const rows = useChosenRows()
  const openDialog = useOpenDialog()
  const only = rows.length === 1 ? rows[0] : undefined
  const { data: view = null } = useQuery({ ...queries.vm(only?.id ?? ''), enabled: only !== undefined })
  const { data: checkpoints } = useQuery({
    ...queries.checkpoints(only?.id ?? ''),
    enabled: only !== undefined,
  })

  return useMemo(() => {
    const [first] = rows
    if (!first) return []
    const nowParent = checkpoints?.find(({ isNowParent }) => isNowParent)
    const run: Readonly<Record<VmDeed, () => void>> = {
      // one tab for each VM
      connect: () => void window.open(`/vms/${part(first.id)}/screen`, `screen-${first.id}`),
      start: () => void startAll(rows, 'start', 'started'),
      'shut-down': () => openDialog({ kind: 'stop', vms: rows }),
      'turn-off': () => openDialog({ kind: 'stop', vms: rows, turnOff: true }),
      pause: () => void startAll(rows, 'pause', 'paused'),
      resume: () => void startAll(rows, 'resume', 'resumed'),
      checkpoint: () => openDialog({ kind: 'create-checkpoint', vms: rows }),
      revert: () => nowParent && openDialog({ kind: 'apply', vm: first, checkpoint: nowParent }),
      undo: () => openDialog({ kind: 'undo', vm: first }),
      settings: () => openDialog({ kind: 'settings', vms: rows }),
      rename: () => openDialog({ kind: 'rename-vm', vm: first }),
      details: () => openDialog({ kind: 'vm-details', vm: first }),
      remove: () => openDialog({ kind: 'remove-vm', vms: rows }),
    }
    const actions = vmActionLooks.map(
      ({ id, ...look }): Action => ({ id, ...look, refusal: refusalOfAll(id, rows, view), run: run[id] }),
    )
    return [{ title: rows.length === 1 ? first.name : `${rows.length} virtual machines`, actions }]
  }, [rows, view, checkpoints, openDialog])
}

/** Starts the same task for each VM; what was refused is told once. */
async function startAll(
  rows: readonly VmRow[],
  path: 'start' | 'pause' | 'resume',
  done: string,
): Promise<void> {
  try {
    await forEachVm(rows, ({ id }) => startTask(`/vms/${part(id)}/${path}`))
  } catch (error) {
    if (!(error instanceof SomeRefused)) throw error
    const who =
      rows.length === 1 ? rows[0]?.name : `${error.refused.length} of ${rows.length} virtual machines`
    showError(error, `${who} could not be ${done}`)
  }
}
