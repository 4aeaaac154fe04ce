import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect } from 'react'
import type { VmUsage } from '../../contract/usage.ts'
import { part, request } from '../api/http.ts'

const intervalMs = 5000
/** Scrolling asks once it stands still. */
const settleMs = 300
/** As many as the daemon answers at once. */
const mostVms = 200
const queryKey = ['usage']

type UsageByVm = Readonly<Record<string, VmUsage>>

/** The CPU usage of VMs that run, asked again and again while the page is looked at; nothing is asked for no VMs. */
export function useUsage(vmIds: readonly string[]): (vmId: string) => number | null {
  const client = useQueryClient()
  const asked = vmIds.slice(0, mostVms)
  const { data, refetch } = useQuery({
    queryKey,
    queryFn: async ({ signal }): Promise<UsageByVm> => {
      const query = asked.map((vmId) => `vm=${part(vmId)}`).join('&')
      const usages = await request<VmUsage[]>(`/usage?${query}`, { signal })
      const old = client.getQueryData<UsageByVm>(queryKey)
      return { ...old, ...Object.fromEntries(usages.map((usage) => [usage.vmId, usage])) }
    },
    enabled: asked.length > 0,
    refetchInterval: intervalMs, // not while the page is hidden
    retry: false,
  })
  const isNew = data !== undefined && asked.some((vmId) => !(vmId in data))
  const askedKey = asked.join()
  // biome-ignore lint/correctness/useExhaustiveDependencies: other VMs came into view
  useEffect(() => {
    if (!isNew) return
    const timer = setTimeout(() => void refetch(), settleMs)
    return () => clearTimeout(timer)
  }, [isNew, askedKey, refetch])
  return useCallback((vmId: string) => data?.[vmId]?.cpuPercent ?? null, [data])
}
