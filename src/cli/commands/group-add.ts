import type { Context } from '../context.ts'
import { reportGroup } from '../group-text.ts'

export async function run(context: Context, group: string, vms: string[]): Promise<void> {
  reportGroup(context, await (await context.client()).updateGroup(group, { add: vms }))
}
