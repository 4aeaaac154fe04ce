import { applyResultSchema } from '../../../contract/checkpoint.ts'
import { lossOf } from '../../apply.ts'
import { checkpointWarnings } from '../../checkpoint-text.ts'
import { resultOf } from '../../follow.ts'
import { localTime } from '../../format.ts'
import { confirmingRisks, riskTexts } from '../../risks.ts'
import type { Bound } from '../binding/bound.ts'
import { checkpointObject } from '../output/checkpoint-object.ts'
import type { Session } from '../session.ts'
import { checkpointTarget, viewOf } from '../targets.ts'

export async function run(session: Session, bound: Bound): Promise<void> {
  const client = await session.client()
  const { vm, checkpoint, all } = await checkpointTarget(session, bound)
  const loss = `Restoring "${checkpoint.name}" puts VM "${vm.name}" back to ${localTime(checkpoint.createdAt)}. ${lossOf(await viewOf(session, vm))}`
  if (!(await session.shall(`${vm.name}: ${checkpoint.name}`, loss))) return
  const ended = await confirmingRisks(session.context, bound.flag('AcceptRisk'), (confirmGuards) =>
    session.perform(client.applyCheckpoint(vm.id, checkpoint.id, { confirm: true, confirmGuards })),
  )
  if (!ended) return
  const { created, clock, memory, undo } = resultOf(applyResultSchema, ended)
  for (const text of created ? checkpointWarnings(created) : []) session.warn(`${vm.name}: ${text}`)
  const { lastApply } = await viewOf(session, vm)
  const risks = await riskTexts(client, vm.id, lastApply?.guards ?? [])
  for (const text of risks) session.warn(`${vm.name}: ${text}`)
  if (memory?.reason) {
    session.warn(`${vm.name}: all of its memory was loaded before it could run: ${memory.reason}`)
  }
  if (clock !== null && clock !== 'set' && clock !== 'off') {
    session.warn(`${vm.name}: the guest's clock shows the checkpoint's time: ${clock}`)
  }
  if (undo) {
    session.remark(
      `Until ${localTime(undo.expiresAt)} this can be undone: stillpoint checkpoint undo ${vm.id}`,
    )
  }
  if (bound.flag('Passthru')) {
    session.print({ kind: 'checkpoint', object: checkpointObject(checkpoint, vm.name, all) })
  }
}
