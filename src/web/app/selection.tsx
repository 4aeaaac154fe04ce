import { createContext, type PropsWithChildren, useContext, useMemo, useState } from 'react'
import type { MainSearch } from './main-search.ts'
import { useAddress, useFollowingAddress } from './selection-address.ts'

interface Chosen {
  /** The VM whose checkpoints are shown; null: none. */
  readonly vmId: string | null
  /** All that are chosen; holds `vmId` when that is not null. */
  readonly vmIds: ReadonlySet<string>
  /** `now`, or the id of a checkpoint of that VM; null: none is chosen. */
  readonly checkpointId: string | null
  readonly tag: string | null
}

/**
 * What actions are about. It holds at once, so that a menu opened in the same moment is about the right thing; the
 * address follows, and says the VM whose tree is shown, not the others that are chosen with it.
 */
export interface Selection extends Chosen {
  /** What the list is narrowed to: part of a name or a tag, or a pattern. */
  readonly text: string
  /** The first of them becomes the one whose tree is shown, unless `vmId` says another. */
  selectVms(vmIds: Iterable<string>, vmId?: string): void
  selectCheckpoint(checkpointId: string | null): void
  selectTag(tag: string | null): void
  setText(text: string): void
}

const Context = createContext<Selection | null>(null)

export function SelectionProvider({ children }: PropsWithChildren) {
  const address = useAddress()
  const [chosen, setChosen] = useState(() => chosenBy(address))
  const [text, setText] = useState('')
  useFollowingAddress(address, addressOf(chosen), (next) =>
    setChosen((old) => {
      const taken = chosenBy(next)
      if (taken.vmId === null) return { ...old, tag: taken.tag } // a link to the page, not to a VM
      return taken.vmId === old.vmId ? { ...taken, vmIds: old.vmIds } : taken
    }),
  )

  const value = useMemo<Selection>(
    () => ({
      ...chosen,
      text,
      selectVms(vmIds, vmId) {
        const all = new Set(vmIds)
        const [first = null] = all
        const next = vmId ?? first
        if (next !== null) all.add(next)
        setChosen((old) => ({
          ...old,
          vmIds: all,
          vmId: next,
          checkpointId: next === old.vmId ? old.checkpointId : null,
        }))
      },
      selectCheckpoint: (checkpointId) => setChosen((old) => ({ ...old, checkpointId })),
      selectTag: (tag) => setChosen((old) => ({ ...old, tag })),
      setText,
    }),
    [chosen, text],
  )
  return <Context value={value}>{children}</Context>
}

export function useSelection(): Selection {
  const selection = useContext(Context)
  if (!selection) throw new Error('there is no SelectionProvider')
  return selection
}

function chosenBy({ vm, checkpoint, tag }: MainSearch): Chosen {
  return {
    vmId: vm ?? null,
    vmIds: new Set(vm === undefined ? [] : [vm]),
    checkpointId: checkpoint ?? null,
    tag: tag ?? null,
  }
}

function addressOf({ vmId, checkpointId, tag }: Chosen): MainSearch {
  return {
    ...(vmId !== null && { vm: vmId }),
    ...(vmId !== null && checkpointId !== null && { checkpoint: checkpointId }),
    ...(tag !== null && { tag }),
  }
}
