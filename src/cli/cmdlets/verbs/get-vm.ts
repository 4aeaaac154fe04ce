import type { VmView } from '../../../contract/vm.ts'
import { hasWildcards } from '../../../vm/wildcard.ts'
import type { Bound } from '../binding/bound.ts'
import { vmObject } from '../output/vm-object.ts'
import type { Session } from '../session.ts'
import { vmsNamed } from '../targets.ts'

export async function run(session: Session, bound: Bound): Promise<void> {
  const client = await session.client()
  const now = session.context.system.now()
  const print = (vm: VmView) => session.print({ kind: 'vm', object: vmObject(vm, now) })
  const names = bound.inputs(bound.setName)
  const [first] = names
  if (names.length === 1 && first?.kind === 'text' && !hasWildcards(first.text)) {
    return print(await client.showVm(first.text.trim()))
  }
  const vms = await client.listVms()
  if (names.length === 0) return vms.sort((a, b) => a.name.localeCompare(b.name)).forEach(print)
  const printed = new Set<VmView>()
  await session.each(names, async (name) => {
    // A pattern that matches none is no error here: there are none to get.
    const isPattern = name.kind === 'text' && hasWildcards(name.text)
    for (const vm of vmsNamed(vms, name, isPattern)) {
      if (!printed.has(vm)) print(vm)
      printed.add(vm)
    }
  })
}
