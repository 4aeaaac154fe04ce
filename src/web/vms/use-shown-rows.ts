import { useQuery } from '@tanstack/react-query'
import { useDeferredValue, useEffect, useMemo, useRef } from 'react'
import type { VmRow } from '../../contract/vm.ts'
import { queries } from '../api/queries.ts'
import { useSelection } from '../app/selection.tsx'
import { filtered } from './filter.ts'

const none: readonly VmRow[] = []

/** All VMs, and those that the tag and the search let through. */
export function useFilteredRows() {
  const { tag, text } = useSelection()
  const { data: all = none, error, isPending, refetch } = useQuery(queries.vmRows)
  const settled = useDeferredValue(text) // typing goes before drawing 10,000 rows anew
  const rows = useMemo(() => filtered(all, { text: settled, tag }), [all, settled, tag])
  return { all, rows, error, isPending, refetch }
}

/**
 * Keeps what is chosen among what there is.
 * 1. Nothing was chosen when the list came: the first VM is.
 * 2. The VM whose tree is shown was removed: the one in its place is chosen.
 * 3. Others that were chosen with it were removed or are hidden by a filter: they are no longer chosen, so that no
 *    action is about what one does not see.
 */
export function useKeptSelection(all: readonly VmRow[], rows: readonly VmRow[]): void {
  const { vmId, vmIds, selectVms } = useSelection()
  const hasBegun = useRef(false)
  const known = useRef<ReadonlySet<string>>(new Set())
  const place = useRef(0)
  useEffect(() => {
    const present = new Set(all.map(({ id }) => id))
    const at = rows.findIndex(({ id }) => id === vmId)
    const isGone = vmId !== null && !present.has(vmId) && (known.current.has(vmId) || !hasBegun.current)
    if (all.length > 0 && rows.length > 0) {
      const neighbour = rows[Math.min(place.current, rows.length - 1)]
      if ((isGone || (vmId === null && !hasBegun.current)) && neighbour) selectVms([neighbour.id])
      else if (vmIds.size > 1) {
        const shown = rows.filter(({ id }) => vmIds.has(id)).map(({ id }) => id)
        if (shown.length < vmIds.size)
          selectVms(shown, at < 0 && shown.length > 0 ? shown[0] : (vmId ?? undefined))
      }
      hasBegun.current = true
    } else if (isGone && hasBegun.current) selectVms([])
    else if (vmIds.size > 1 && vmId !== null && !isGone) selectVms([vmId])
    known.current = present
    if (at >= 0) place.current = at
  }, [all, rows, vmId, vmIds, selectVms])
}
