import type { Client } from '../client/client.ts'
import { guardFindingsSchema } from '../contract/guard.ts'
import { isStillpointError } from '../core/error.ts'
import { warn } from './checkpoint-text.ts'
import { confirm } from './confirm.ts'
import type { Context } from './context.ts'
import { plain } from './format.ts'

/**
 * Does what may have risks. When they have to be confirmed, it asks and does it again; where nobody can be asked, the
 * error of the daemon is thrown. Errors: those of `attempt`; `cancelled` for no.
 */
export async function confirmingRisks<T>(
  context: Context,
  acceptRisk: boolean,
  attempt: (confirmGuards: boolean) => Promise<T>,
): Promise<T> {
  try {
    return await attempt(acceptRisk)
  } catch (error) {
    if (!isStillpointError(error, 'guard_confirmation_required') || !context.isInteractive) throw error
    const findings = guardFindingsSchema.safeParse(error.details).data?.guards ?? []
    for (const { title, evidence, risk, remedy } of findings) {
      context.remark(plain(`${title}: ${evidence}`))
      context.remark(plain(`  ${risk}`))
      context.remark(plain(`  Better: ${remedy}`))
    }
    await confirm(context, plain(error.message), 'Do it all the same?')
    return await attempt(true)
  }
}

/** Says what was found, once it is done. */
export async function reportRisks(
  context: Context,
  client: Client,
  vm: string,
  decisions: readonly Decision[],
): Promise<void> {
  if (context.isJson) return
  for (const text of await riskTexts(client, vm, decisions)) warn(context, text)
}

interface Decision {
  readonly guard: string
  readonly evidence: string
}

/** What was found, and what it may lead to. */
export async function riskTexts(
  client: Client,
  vm: string,
  decisions: readonly Decision[],
): Promise<string[]> {
  if (decisions.length === 0) return []
  const { guards } = await client.showGuards(vm)
  return decisions.flatMap(({ guard, evidence }) => {
    const rule = guards.find((each) => each.guard === guard)
    return rule ? [`${rule.guard} (${evidence}): going back in time is a risk for this VM. ${rule.risk}`] : []
  })
}

export async function reportRisksOfApply(context: Context, client: Client, vm: string): Promise<void> {
  const { lastApply } = await client.showVm(vm)
  await reportRisks(context, client, vm, lastApply?.guards ?? [])
}
