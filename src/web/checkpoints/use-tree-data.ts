import { useQuery } from '@tanstack/react-query'
import type { CheckpointView } from '../../contract/checkpoint.ts'
import type { DiscardedView } from '../../contract/discarded.ts'
import type { LayerView } from '../../contract/layer.ts'
import type { VmRow, VmView } from '../../contract/vm.ts'
import { queries } from '../api/queries.ts'

/** The image files of the VM's disks, as long as somebody wants to see them. */
export function useLayers(vmId: string | null, enabled: boolean): readonly LayerView[] | undefined {
  const { data } = useQuery({ ...queries.layers(vmId ?? ''), enabled: enabled && vmId !== null })
  return enabled ? data : undefined
}

/** What is known of a VM and its tree; what has not come yet is absent. */
export interface TreeData {
  readonly row: VmRow | undefined
  readonly vm: VmView | undefined
  readonly checkpoints: readonly CheckpointView[] | undefined
  readonly discarded: readonly DiscardedView[]
  /** Why the tree cannot be shown; null: it can, or it is on its way. */
  readonly error: Error | null
  readonly retry: () => void
}

const noneDiscarded: readonly DiscardedView[] = []

export function useTreeData(vmId: string | null): TreeData {
  const enabled = vmId !== null
  const key = vmId ?? ''
  const rows = useQuery(queries.vmRows)
  const vm = useQuery({ ...queries.vm(key), enabled })
  const checkpoints = useQuery({ ...queries.checkpoints(key), enabled })
  const discarded = useQuery({ ...queries.discarded(key), enabled })
  return {
    row: rows.data?.find(({ id }) => id === vmId),
    vm: vm.data,
    checkpoints: checkpoints.data,
    discarded: discarded.data ?? noneDiscarded,
    error: checkpoints.data ? null : checkpoints.error,
    retry: () => void checkpoints.refetch(),
  }
}
