import { checkpointViewSchema } from '../../contract/checkpoint.ts'
import { reportCheckpoint } from '../checkpoint-text.ts'
import type { Context } from '../context.ts'
import { expiryTime } from '../expiry-time.ts'
import { follow, resultOf } from '../follow.ts'
import { confirmingRisks, reportRisks } from '../risks.ts'

interface Options {
  readonly name?: string
  readonly notes?: string
  readonly expires?: string
  readonly acceptRisk?: boolean
}

export async function run(context: Context, vm: string, options: Options): Promise<void> {
  const { name, notes, expires } = options
  const expiresAt = expires === undefined ? undefined : expiryTime(expires, context.system.now())
  const client = await context.client()
  const request = { name, notes, expiresAt }
  const task = await confirmingRisks(context, options.acceptRisk ?? false, async (confirmGuards) =>
    follow(context, client, await client.createCheckpoint(vm, { ...request, confirmGuards })),
  )
  const created = resultOf(checkpointViewSchema, task)
  reportCheckpoint(context, created)
  await reportRisks(context, client, created.vmId, created.record.guards)
}
