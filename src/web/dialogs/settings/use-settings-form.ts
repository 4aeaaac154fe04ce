import { useMutation, useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import type { VmRow, VmView } from '../../../contract/vm.ts'
import type { ChangeVmsResult, VmSettings } from '../../../contract/vm-settings.ts'
import { part, request } from '../../api/http.ts'
import { queries } from '../../api/queries.ts'
import { queryClient } from '../../api/query-client.ts'
import { showError } from '../../tasks/show-error.ts'
import { problemsOf } from './problems.ts'
import {
  changesOf,
  type Draft,
  type Key,
  type Original,
  originalOfMany,
  originalOfOne,
  requestForMany,
  requestForOne,
} from './values.ts'

/** What is set for these VMs, what was entered, and saving the difference. */
export function useSettingsForm(vms: readonly VmRow[]) {
  const [draft, setDraft] = useState<Draft>({})
  const ids = vms.map(({ id }) => id)
  const oneId = ids.length === 1 ? (ids[0] ?? null) : null
  const one = useQuery({ ...queries.vm(oneId ?? ''), enabled: oneId !== null })
  const many = useQuery({
    queryKey: ['settings', ...ids],
    queryFn: () => request<VmSettings[]>('/vms/settings', { method: 'POST', body: { names: ids } }),
    enabled: oneId === null,
    gcTime: 0,
  })
  const original: Original | null =
    oneId === null
      ? many.data
        ? originalOfMany(many.data)
        : null
      : one.data
        ? originalOfOne(one.data)
        : null
  const changes = original ? changesOf(original, draft) : {}

  const isOpen = useRef(true)
  useEffect(() => {
    isOpen.current = true
    return () => {
      isOpen.current = false
    }
  }, [])
  const save = useMutation({
    // Hardware waits for what works on the VM; the dialog may have been closed meanwhile.
    onError: (error) => isOpen.current || showError(error, 'Settings were not saved'),
    mutationFn: async (changed: Draft) => {
      if (oneId === null) {
        const body = requestForMany(ids, changed)
        await request<ChangeVmsResult>('/vms', { method: 'PATCH', body })
        await queryClient.invalidateQueries({ queryKey: ['settings', ...ids] })
      } else {
        const body = requestForOne(changed)
        const vm = await request<VmView>(`/vms/${part(oneId)}`, { method: 'PATCH', body })
        queryClient.setQueryData(queries.vm(oneId).queryKey, vm)
        void queryClient.invalidateQueries({ queryKey: queries.guards(oneId).queryKey })
      }
      // What was entered while it was being saved is still to be saved.
      setDraft((entered) =>
        Object.fromEntries(Object.entries(entered).filter(([key, value]) => changed[key as Key] !== value)),
      ) // a key of Draft
    },
  })
  return {
    vm: one.data ?? null,
    original,
    loadError: oneId === null ? many.error : one.error,
    draft,
    changes,
    problems: problemsOf(changes),
    set: (change: Draft) => setDraft((old) => ({ ...old, ...change })),
    reset: (key: keyof Draft) => setDraft(({ [key]: _, ...others }) => others),
    save,
  }
}
