import type { VmRow, VmView } from '../../../contract/vm.ts'
import { dateAndTime } from '../../ui/format.ts'
import { countOf } from '../../ui/words.ts'

/** Why the checkpoint location cannot be changed now; null: as far as the page knows it can. The daemon knows more. */
export function whyLocationStays(vm: VmView | null, vms: readonly VmRow[]): string | null {
  if (vm) {
    if (vm.checkpointCount > 0)
      return `It cannot be changed while the VM has checkpoints; it has ${vm.checkpointCount}.`
    return (
      vm.undo &&
      `It cannot be changed while an apply can be undone, until ${dateAndTime(vm.undo.expiresAt)}: what it would bring back lies there.`
    )
  }
  const having = vms.filter(({ checkpointCount }) => checkpointCount > 0)
  if (having.length === 0) return null
  const [first] = having
  const which =
    having.length === 1 ? `${first?.name} has` : countOf(having.length, 'of them has', 'of them have')
  return `It cannot be changed while a VM has checkpoints; ${which} some.`
}
