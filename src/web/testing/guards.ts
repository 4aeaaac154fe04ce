import type { GuardsView, GuardView } from '../../contract/guard.ts'

/** Guards of `web01`, on which one risk was found; it is only warned of unless `change` says else. */
export function guardsView(change: Partial<GuardView> = {}): GuardsView {
  return {
    vmId: 'a1',
    vmName: 'web01',
    guards: [
      {
        guard: 'cluster-member',
        title: 'Cluster member',
        evidence: ['Corosync ("corosync" runs)'],
        setting: null,
        onCreate: 'warn',
        onApply: 'warn',
        onApplyWithoutMemory: 'warn',
        risk: 'Split brain.',
        remedy: { create: 'Drain it first.', apply: 'Take it out first.' },
        ...change,
      },
    ],
    guest: { askedAt: '2026-11-20T08:00:00.000Z', osName: 'Debian GNU/Linux 12 (bookworm)', unknown: null },
  }
}
