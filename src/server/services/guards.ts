import { neverAborted } from '../../core/cancel.ts'
import { viewGuards } from '../guards-view.ts'
import type { Services } from '../services.ts'
import type { ServiceContext } from './context.ts'

/** Whoever looks wants to see what is, and waits a little for it. */
const lookBudgetMs = 5000
const lookMaxAgeMs = 5000

export function guardServices({ machines }: ServiceContext): Pick<Services, 'showGuards'> {
  const { inventory } = machines.deps
  return {
    async showGuards(vm) {
      const { id } = inventory.find(vm)
      await machines.roles.lookAt(id, { budgetMs: lookBudgetMs, maxAgeMs: lookMaxAgeMs }, neverAborted)
      return viewGuards(machines.roles, inventory.get(id), machines.deps.groupsOf(id))
    },
  }
}
