import { confirm } from '../confirm.ts'
import type { Context } from '../context.ts'
import { follow } from '../follow.ts'

export async function run(
  context: Context,
  vmKey: string,
  stateId: string | undefined,
  { yes = false }: { readonly yes?: boolean },
): Promise<void> {
  const client = await context.client()
  const vm = await client.showVm(vmKey)
  const states = (await client.listDiscarded(vm.id)).filter(
    ({ id }) => stateId === undefined || id === stateId,
  )
  if (states.length === 0 && stateId === undefined) {
    context.say(`Nothing that was discarded of VM "${vm.name}" is kept.`)
    return
  }
  if (!yes && states.length > 0) {
    const what = states.length === 1 ? `"${states[0]?.name}"` : `${states.length} discarded states`
    await confirm(
      context,
      `Freeing ${what}: the applies on VM "${vm.name}" cannot be undone any more.`,
      'Free?',
    )
  }
  await follow(context, client, await client.forgetDiscarded(vm.id, stateId ?? null))
  context.say(`Freed what was discarded of VM "${vm.name}".`)
}
