import type { VmRow } from '../../contract/vm.ts'

/** For some of several VMs it was refused; the others are done. */
export class SomeRefused extends Error {
  readonly refused: readonly { readonly vm: VmRow; readonly reason: Error }[]

  constructor(refused: SomeRefused['refused'], count: number) {
    const words = refused.map(({ vm, reason }) =>
      count === 1 ? reason.message : `${vm.name}: ${reason.message}`,
    )
    const done = count - refused.length
    const head = done === 0 ? [] : [`Done for ${done} of ${count}. Refused for ${refused.length}:`]
    super([...head, ...words].join('\n'))
    this.name = 'SomeRefused'
    this.refused = refused
  }
}

/** A browser sends a few requests at a time, and shows its user nothing else meanwhile. */
const atOnce = 4

/** Does it for each, a few at a time; one that is refused stops none. Errors: SomeRefused. */
export async function forEachVm(vms: readonly VmRow[], act: (vm: VmRow) => Promise<unknown>): Promise<void> {
  const waiting = [...vms]
  const refused: { vm: VmRow; reason: Error }[] = []
  const work = async () => {
    for (let vm = waiting.shift(); vm; vm = waiting.shift()) {
      try {
        await act(vm)
      } catch (reason) {
        refused.push({ vm, reason: reason instanceof Error ? reason : new Error(String(reason)) })
      }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  if (refused.length > 0) throw new SomeRefused(refused, vms.length)
}
