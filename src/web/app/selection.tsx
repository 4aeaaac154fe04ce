import { useNavigate, useSearch } from '@tanstack/react-router'
import { createContext, type PropsWithChildren, useContext, useMemo, useState } from 'react'
import type { MainSearch } from './main-search.ts'

/** The place of the current state in a checkpoint tree. */
export const now = 'now'

/** What actions are about. The VM whose tree is shown is in the address; the others that are chosen with it are not. */
export interface Selection {
  /** The VM whose checkpoints are shown; null: none. */
  readonly vmId: string | null
  /** All that are chosen; holds `vmId` when that is not null. */
  readonly vmIds: ReadonlySet<string>
  /** `now`, or the id of a checkpoint of that VM; null: none is chosen. */
  readonly checkpointId: string | null
  readonly tag: string | null
  /** The first of them becomes the one whose tree is shown, unless `vmId` says another. */
  selectVms(vmIds: Iterable<string>, vmId?: string): void
  selectCheckpoint(checkpointId: string | null): void
  selectTag(tag: string | null): void
}

const Context = createContext<Selection | null>(null)

export function SelectionProvider({ children }: PropsWithChildren) {
  const { vm = null, checkpoint = null, tag = null } = useSearch({ strict: false })
  const navigate = useNavigate({ from: '/' })
  const [others, setOthers] = useState<ReadonlySet<string>>(new Set())

  const value = useMemo<Selection>(
    () => ({
      vmId: vm,
      vmIds: vm === null ? new Set() : new Set([vm, ...(others.has(vm) ? others : [])]),
      checkpointId: checkpoint,
      tag,
      selectVms(vmIds, vmId) {
        const chosen = new Set(vmIds)
        const [first = null] = chosen
        const next = vmId ?? first
        setOthers(chosen)
        void navigate({
          search: (old: MainSearch) => ({
            ...(old.tag && { tag: old.tag }),
            ...(next !== null && {
              vm: next,
              ...(next === old.vm && old.checkpoint && { checkpoint: old.checkpoint }),
            }),
          }),
          replace: next === vm,
        })
      },
      selectCheckpoint(checkpointId) {
        void navigate({
          search: ({ checkpoint: _old, ...rest }: MainSearch) => ({
            ...rest,
            ...(checkpointId !== null && { checkpoint: checkpointId }),
          }),
          replace: true,
        })
      },
      selectTag(next) {
        void navigate({
          search: ({ tag: _old, ...rest }: MainSearch) => ({ ...rest, ...(next !== null && { tag: next }) }),
        })
      },
    }),
    [vm, checkpoint, tag, others, navigate],
  )
  return <Context value={value}>{children}</Context>
}

export function useSelection(): Selection {
  const selection = useContext(Context)
  if (!selection) throw new Error('there is no SelectionProvider')
  return selection
}
