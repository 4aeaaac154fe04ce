import { useQueries } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { queries } from '../../api/queries.ts'
import { latestOf, type Operation, previewed, type Risk, refused, risksOf } from './risk.ts'

/** Guests of more VMs are not asked before; the daemon asks them when it begins. */
const mostAsked = 20

export interface Risks {
  readonly all: readonly Risk[]
  /** Of all of these VMs; some of several are left to the daemon, which refuses those alone. */
  readonly isForbidden: boolean
  readonly mustConfirm: boolean
  readonly isConfirmed: boolean
  /** Somebody wanted to go on without having said that he has read it. */
  readonly isMissed: boolean
  readonly checkbox: React.RefObject<HTMLInputElement | null>
  confirm(isConfirmed: boolean): void
  /** Whether it can be asked for; if not, the eye is led to the tick that is missing. */
  mayGoOn(): boolean
  /** For the body of the request. */
  readonly request: { readonly confirmGuards?: true }
}

/** Guards of these VMs: what was found, also by a refusal, and whether it was confirmed. */
export function useRisks(
  vms: readonly { readonly id: string; readonly name: string }[],
  operation: Operation,
  refusals: ReadonlyMap<string, unknown>,
): Risks {
  const [isConfirmed, setConfirmed] = useState(false)
  const [isMissed, setMissed] = useState(false)
  const checkbox = useRef<HTMLInputElement>(null)
  const asked = vms.length > mostAsked ? [] : vms
  const views = useQueries({
    queries: asked.map(({ id }) => ({ ...queries.guards(id), staleTime: 0 })), // what runs in a guest changes
    combine: (results) => results.flatMap(({ data }) => data ?? []),
  })
  const findings = latestOf([
    ...views.flatMap((view) => previewed(view, operation)),
    ...vms.flatMap(({ id, name }) => refused(name, refusals.get(id))),
  ])
  const forbidden = new Set(findings.filter(({ action }) => action === 'forbid').map(({ vmName }) => vmName))
  const mustConfirm = findings.some(({ action, vmName }) => action === 'confirm' && !forbidden.has(vmName))
  return {
    all: risksOf(findings),
    isForbidden: vms.every(({ name }) => forbidden.has(name)),
    mustConfirm,
    isConfirmed,
    isMissed: isMissed && mustConfirm && !isConfirmed,
    checkbox,
    confirm: setConfirmed,
    mayGoOn() {
      if (!mustConfirm || isConfirmed) return true
      setMissed(true)
      checkbox.current?.focus()
      return false
    },
    request: isConfirmed ? { confirmGuards: true } : {},
  }
}
