import type { Applied } from '../../checkpoint/apply/apply.ts'
import { endOldGuest, keepMemory } from '../../checkpoint/apply/keep-memory.ts'
import type { VmDocument } from '../../inventory/document.ts'
import type { ServiceContext } from './context.ts'

/**
 * Saves what the old guest had in memory, behind the new one, in a task of its own. To be called in the turn of the
 * apply, so that it comes next.
 */
export function keepOldGuest(
  { machines, settler, start }: ServiceContext,
  document: VmDocument,
  { oldGuest }: Applied,
): void {
  if (!oldGuest) return
  start(document, 'checkpoint.keep', 'Keeping Discarded State', async (context) => {
    try {
      await machines.turnNext(document.id, context.signal, () =>
        keepMemory(machines, document.id, oldGuest, context, context.signal),
      )
    } catch (error) {
      await endOldGuest(machines, document.id, oldGuest, error)
      throw error
    } finally {
      settler.kick(document.id)
    }
  })
}
