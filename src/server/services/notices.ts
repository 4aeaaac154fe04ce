import { inSentence } from '../../checkpoint/guard/decide.ts'
import { rules } from '../../checkpoint/guard/rules.ts'
import type { EventBus } from '../../core/event-bus.ts'
import type { Checkpoint, GuardDecision } from '../../inventory/checkpoint.ts'
import type { VmDocument } from '../../inventory/document.ts'

/** A fallback, a long pause or a crash-consistent result is never silent. */
export function notifyCreated(
  events: EventBus,
  document: VmDocument,
  { kind, record, name }: Checkpoint,
): void {
  const { id: vmId, name: vmName } = document
  const tell = (level: 'info' | 'warning', message: string) =>
    events.publish({ type: 'notice', vmId, level, message })
  const checkpoint = `Checkpoint "${name}" of VM "${vmName}"`
  if (record.fallbackReason !== null)
    tell('warning', `${checkpoint} is a ${kind} one: ${record.fallbackReason}`)
  if (record.captureReason !== null) {
    tell('warning', `${checkpoint} stopped the guest for ${record.pauseMs} ms: ${record.captureReason}`)
  }
  if (record.consistency === 'crash')
    tell('warning', `${checkpoint} is crash-consistent: the VM had not been shut down cleanly.`)
  for (const { name: application, outcome, detail } of record.applications) {
    if (outcome === 'failed')
      tell('warning', `${checkpoint} is not application consistent. ${application}: ${detail}`)
  }
  if (kind === 'production') tell('info', `${checkpoint} was created with backup technology in the guest.`)
  notifyGuards(events, document, checkpoint, record.guards)
}

/** A risk that somebody took, or was only warned of, is never silent. */
export function notifyGuards(
  events: EventBus,
  { id: vmId }: VmDocument,
  what: string,
  decisions: readonly GuardDecision[],
): void {
  for (const { guard, evidence, confirmed } of decisions) {
    const { title, risk } = rules[guard]
    const taken = confirmed ? ' The risk was confirmed.' : ''
    events.publish({
      type: 'notice',
      vmId,
      level: 'warning',
      message: `${what}: ${inSentence(title)} (${evidence}). ${risk}${taken}`,
    })
  }
}
