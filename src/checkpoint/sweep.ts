import { removeTree } from '../core/durable-file.ts'
import type { LayerId, VmId } from '../core/ids.ts'
import { childrenOf } from '../disk/chain.ts'
import type { Layer } from '../disk/layer.ts'
import { planMerges } from '../disk/merge-planner.ts'
import { ownershipOf } from '../inventory/checkpoint-location.ts'
import type { InstanceRecord, VmDocument } from '../inventory/document.ts'
import { isWithin } from '../inventory/folders.ts'
import { namedLayers } from '../inventory/references.ts'
import type { Machines } from '../machine/machines.ts'

/**
 * Removes what nothing refers to any more: processes whose state was discarded, layers that nothing
 * stands on, files and folders that are on record as garbage. Copies nothing. Idempotent; runs inside the VM's turn.
 * The user's own images are forgotten, never removed.
 *
 * Each thing is removed first and struck from the record after: a crash between the two only means that
 * it is removed once more. `spared` is a process that is ended by somebody else. What is leased, and what lies in a
 * checkpoint location that cannot be reached, stays where it is, and on record, until the next sweep.
 */
export async function sweep(
  machines: Machines,
  vmId: VmId,
  spared: InstanceRecord | null = null,
): Promise<void> {
  const { inventory, hypervisor, folders } = machines.deps
  const document = inventory.get(vmId)
  const ownership = await ownershipOf(folders, document)
  /** A record from a home that was copied or moved names files of the other one: those are not ours to remove. */
  const removeOwnFile = async (file: string) => {
    if (ownership(file) === 'own') await removeTree(file)
  }
  const retiring = document.retiring.filter(({ runFolder }) => runFolder !== spared?.runFolder)
  // As long as a process lives, so does its vTPM.
  const isSpared = (file: string) => spared !== null && isWithin(folders.tpm(vmId), file)
  const isReachable = (file: string) => ownership(file) !== 'unreachable'
  const isGarbage = (file: string) =>
    isReachable(file) && !machines.leases.hasFile(vmId, file) && !isSpared(file)
  const garbage = document.garbage.filter(isGarbage)
  for (const { runFolder } of retiring) await hypervisor.endStrays(runFolder, new Set())
  const needless = needlessLayers(document, machines.leases.layers(vmId), isReachable)
  await machines.instance(vmId)?.closeLayers(needless.map((layer) => layer.id))
  for (const { file, linked } of needless) if (!linked) await removeOwnFile(file)
  for (const file of garbage) await removeOwnFile(file)
  if (retiring.length + needless.length + garbage.length === 0) return
  await inventory.change(vmId, (present) => ({
    ...withoutLayers(present, needless),
    retiring: present.retiring.filter((each) => !retiring.includes(each)),
    garbage: present.garbage.filter((file) => !garbage.includes(file)),
  }))
}

/**
 * As `sweep`, after a change that stands whatever becomes of this: what cannot be removed now (a process may be ending)
 * goes with the next sweep.
 */
export async function sweepOrLater(machines: Machines, vmId: VmId): Promise<void> {
  await sweep(machines, vmId).catch((error) => {
    machines.deps.log.warn({ err: error, vmId }, 'a sweep is left for later')
  })
}

/** Layers that nothing stands on and nobody reads, the tips first, as far as they can be removed. */
function needlessLayers(
  document: VmDocument,
  leased: ReadonlySet<LayerId>,
  isReachable: (file: string) => boolean,
): Layer[] {
  const found: Layer[] = []
  for (let rest = document; ; ) {
    const named = namedLayers(rest).union(leased)
    const input = { layers: rest.layers, named, allocatedBytes: () => 0 }
    const tips = planMerges(input).flatMap((action) =>
      action.kind === 'unlink' && isReachable(action.layer.file) ? [action.layer] : [],
    )
    tips.push(...looseLinks(rest, named))
    if (tips.length === 0) return found
    found.push(...tips)
    rest = withoutLayers(rest, tips)
  }
}

/** Images that were used in place by disks that no longer exist. */
function looseLinks({ layers }: VmDocument, named: ReadonlySet<LayerId>): Layer[] {
  const children = childrenOf(layers)
  return Object.values<Layer>(layers).filter(
    ({ id, linked }) => linked && !named.has(id) && !children.has(id),
  )
}

function withoutLayers(document: VmDocument, removed: readonly Layer[]): VmDocument {
  const layers: Record<LayerId, Layer> = { ...document.layers }
  for (const { id } of removed) delete layers[id]
  return { ...document, layers }
}
