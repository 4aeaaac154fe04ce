import { checkpointViewSchema } from '../../../contract/checkpoint.ts'
import { checkpointWarnings } from '../../checkpoint-text.ts'
import { resultOf } from '../../follow.ts'
import { confirmingRisks, riskTexts } from '../../risks.ts'
import type { Bound } from '../binding/bound.ts'
import { checkpointObject } from '../output/checkpoint-object.ts'
import type { Session } from '../session.ts'
import { vmTargets } from '../targets.ts'

export async function run(session: Session, bound: Bound): Promise<void> {
  const client = await session.client()
  const name = bound.text('SnapshotName')
  await session.each(await vmTargets(session, bound), async (vm) => {
    if (!(await session.shall(vm.name))) return
    const ended = await confirmingRisks(session.context, bound.flag('AcceptRisk'), (confirmGuards) =>
      session.perform(client.createCheckpoint(vm.id, { name, confirmGuards })),
    )
    if (!ended) return
    const created = resultOf(checkpointViewSchema, ended)
    const risks = await riskTexts(client, vm.id, created.record.guards)
    for (const text of [...checkpointWarnings(created), ...risks]) session.warn(`${vm.name}: ${text}`)
    if (!bound.flag('Passthru')) return
    const all = await client.listCheckpoints(vm.id)
    session.print({ kind: 'checkpoint', object: checkpointObject(created, vm.name, all) })
  })
}
