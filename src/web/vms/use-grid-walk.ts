import { type KeyboardEvent, type MouseEvent, useMemo, useRef, useState } from 'react'
import type { VmRow } from '../../contract/vm.ts'
import { useSelection } from '../app/selection.tsx'
import { useTypeahead } from '../ui/typeahead.ts'
import { nextIndex, spanOf } from './walk.ts'

/** What lies between two ends that Shift was held at is chosen; a plain click or key sets the first end. */
export function useGridWalk(
  rows: readonly VmRow[],
  grid: { scrollTo(index: number): void; pageRows(): number },
) {
  const { vmId, vmIds, selectVms } = useSelection()
  const ids = useMemo(() => rows.map(({ id }) => id), [rows])
  /** Where the keys are. It goes along with the VM whose tree is shown, and alone while Ctrl is held. */
  const [alone, setAlone] = useState<{ readonly at: string; readonly besides: string | null } | null>(null)
  const cursorId = alone && alone.besides === vmId ? alone.at : vmId
  const cursor = useMemo(() => (cursorId === null ? -1 : ids.indexOf(cursorId)), [ids, cursorId])
  const anchor = useRef<string | null>(null)
  const typed = useTypeahead()

  const chooseOne = (index: number) => {
    const id = ids[index]
    if (id === undefined) return
    anchor.current = id
    setAlone(null)
    selectVms([id])
  }
  const chooseSpan = (index: number) => {
    const id = ids[index]
    if (id === undefined) return
    const from = ids.indexOf(anchor.current ?? vmId ?? id)
    setAlone(null)
    selectVms(spanOf(ids, from < 0 ? index : from, index), id)
  }
  const toggle = (index: number) => {
    const id = ids[index]
    if (id === undefined) return
    anchor.current = id
    const others = new Set(vmIds)
    if (!others.delete(id)) {
      setAlone(null)
      return selectVms([...others, id], id)
    }
    if (others.size === 0) return // one stays chosen: the page is about something
    const next = id === vmId || vmId === null ? [...others][0] : vmId
    setAlone({ at: id, besides: next ?? null })
    selectVms(others, next)
  }

  return {
    cursor,

    onClick(event: MouseEvent, index: number) {
      if (event.shiftKey) chooseSpan(index)
      else if (event.ctrlKey || event.metaKey) toggle(index)
      else chooseOne(index)
    },

    /** A menu is about all that are chosen when it is opened on one of them, else about the one under it. */
    choosePointedAt(index: number) {
      const id = ids[index]
      if (id !== undefined && !vmIds.has(id)) chooseOne(index)
    },

    /** True: the key was one of the list's. */
    onKeyDown(event: KeyboardEvent): boolean {
      const { key } = event
      const isMod = event.ctrlKey || event.metaKey
      if (isMod && key.toLowerCase() === 'a' && !event.altKey) {
        selectVms(ids, cursorId ?? ids[0])
        return true
      }
      if (key === ' ' && !typed.isUnderWay()) {
        if (isMod) toggle(cursor)
        else chooseOne(cursor)
        return true
      }
      if (event.altKey) return false
      const next = nextIndex(key, cursor, rows.length, grid.pageRows())
      if (next !== null) {
        if (event.shiftKey) chooseSpan(next)
        else if (isMod) setAlone({ at: ids[next] ?? '', besides: vmId })
        else chooseOne(next)
        grid.scrollTo(next)
        return true
      }
      if (isMod || [...key].length !== 1) return false
      const found = typed.find(
        key,
        rows.map(({ name }) => name),
        cursor,
      )
      if (found < 0) return true
      chooseOne(found)
      grid.scrollTo(found)
      return true
    },
  }
}
