import type { EventBus } from '../../core/event-bus.ts'
import type { Checkpoint } from '../../inventory/checkpoint.ts'
import type { VmDocument } from '../../inventory/document.ts'

/** A fallback, a long pause or a crash-consistent result is never silent. */
export function notifyCreated(
  events: EventBus,
  { id: vmId, name: vmName }: VmDocument,
  { kind, record, name }: Checkpoint,
): void {
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
  if (kind === 'production') tell('info', `${checkpoint} was created with backup technology in the guest.`)
}
