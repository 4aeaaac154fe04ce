import { stat } from 'node:fs/promises'
import { messageOf } from '../core/error.ts'
import type { LayerId } from '../core/ids.ts'
import { formatBytes } from '../core/units.ts'
import { chainOf } from '../disk/chain.ts'
import type { ImageTool } from '../disk/image-port.ts'
import type { Layer } from '../disk/layer.ts'
import { type ImageHeader, readImageHeader } from '../disk/qcow2-header.ts'
import type { VmDocument } from '../inventory/document.ts'
import { statesOf } from '../inventory/references.ts'
import { layerProblem } from '../machine/inspect.ts'
import type { VmFinding } from './finding.ts'

/** Whether the file of every layer is there, whole, and the one that the record describes. */
export async function checkLayers(images: ImageTool, document: VmDocument): Promise<VmFinding[]> {
  const layers = Object.values<Layer>(document.layers)
  const found = await Promise.all(layers.map((layer) => checkLayer(images, document, layer)))
  return found.flat()
}

async function checkLayer(images: ImageTool, document: VmDocument, layer: Layer): Promise<VmFinding[]> {
  const { file } = layer
  const missing = await stat(file).then(
    () => null,
    (error: unknown) => messageOf(error),
  )
  const problem = missing ?? (await layerProblem(images, layer))
  if (problem !== null) {
    return [
      {
        code: missing === null ? 'layer_damaged' : 'layer_missing',
        severity: 'error',
        subject: file,
        problem: `Layer ${layer.id} of ${layer.diskId} is ${missing === null ? 'damaged' : 'missing'}. ${whoNeeds(document, layer)}`,
        evidence: problem,
        remedy:
          'Only you can: put the file back, from a backup or from where it was moved to. What does not need it can be used as ever; apply such a checkpoint if Now needs it.',
        isRepairable: false,
      },
    ]
  }
  const header = await readImageHeader(file)
  return header.format === 'raw' ? [] : await checkHeader(document, layer, header)
}

async function checkHeader(
  document: VmDocument,
  layer: Layer,
  header: ImageHeader & { format: 'qcow2' },
): Promise<VmFinding[]> {
  const found: VmFinding[] = []
  const subject = layer.file
  if (header.virtualSizeBytes !== layer.virtualSizeBytes) {
    found.push({
      code: 'layer_size_differs',
      severity: 'warning',
      subject,
      problem: `Layer ${layer.id} of ${layer.diskId} has another size than its record says.`,
      evidence: `The header says ${formatBytes(header.virtualSizeBytes)} (${header.virtualSizeBytes} bytes), the record ${formatBytes(layer.virtualSizeBytes)} (${layer.virtualSizeBytes} bytes).`,
      remedy: 'Only you can: find out who changed the size of the image outside of Stillpoint.',
      isRepairable: false,
    })
  }
  const parent = layer.parentId === null ? null : (document.layers[layer.parentId] ?? null)
  const named = header.backingFile
  if (named === (parent?.file ?? null)) return found
  const isProven = parent !== null && (await isProvenParent(document, layer, parent, named))
  found.push({
    code: 'layer_parent_differs',
    severity: 'warning',
    subject,
    problem: `The header of layer ${layer.id} of ${layer.diskId} names another parent than its record.`,
    evidence: `The header names ${named === null ? 'none' : `"${named}"`}, the record ${parent === null ? 'none' : `"${parent.file}"`}. Stillpoint goes by its record; other programs go by the header.`,
    remedy: isProven
      ? `The header is made to name "${parent.file}", which is there, and nothing else can be meant. No data is written.`
      : 'Only you can: both could be meant. Find out which one holds the data below it, before anything writes to them.',
    isRepairable: isProven,
  })
  return found
}

/**
 * The recorded parent is there, and what the header names is no other image: it is gone, or the same file by another
 * name. A header without a parent is no proof, for the image could have been flattened.
 */
async function isProvenParent(
  document: VmDocument,
  layer: Layer,
  parent: Layer,
  named: string | null,
): Promise<boolean> {
  if (named === null || parent.virtualSizeBytes > layer.virtualSizeBytes) return false
  const there = await stat(parent.file).catch(() => null)
  if (!there) return false
  const other = await stat(named).catch(() => null)
  if (other) return other.dev === there.dev && other.ino === there.ino
  return !Object.values<Layer>(document.layers).some(({ file }) => file === named)
}

function whoNeeds(document: VmDocument, layer: Layer): string {
  const stands = (view: Readonly<Record<string, LayerId>>) =>
    Object.values(view).some((topId) => chainOf(document.layers, topId).some(({ id }) => id === layer.id))
  const names = statesOf(document).flatMap(({ name, disks }) => (stands(disks) ? [`"${name}"`] : []))
  const needs = [...(stands(document.active) ? ['Now'] : []), ...names]
  return needs.length === 0 ? 'Nothing needs it.' : `It is needed by ${needs.join(', ')}.`
}
