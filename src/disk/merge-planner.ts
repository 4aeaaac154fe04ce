import { dirname } from 'node:path'
import type { LayerId } from '../core/ids.ts'
import { childrenOf } from './chain.ts'
import type { Layer, LayerMap } from './layer.ts'

/**
 * What is left to do about layers that no checkpoint names and Now does not write to.
 *
 *   parent ── internal ── child        (an "internal" layer: unnamed, not active)
 *
 * | children of the internal layer | what happens | copied bytes |
 * |---|---|---|
 * | none | it is unlinked | 0 |
 * | several | nothing: they share it | 0 |
 * | one | `down`: the child is folded into it, and it takes the child's place | allocated by the child |
 * |     | `up`: what the child lacks is copied into the child, and it is unlinked | allocated by it |
 *
 * A linked base is the user's own file: it is never unlinked, so its only child is always merged down, even
 * one that nobody needs any more. Cut off half-way, the file would hold two instants at once. A child that lies in
 * another folder than what it stands on goes down too: a checkpoint location is left empty when the last checkpoint is.
 */
export type MergeAction =
  | { readonly kind: 'unlink'; readonly layer: Layer }
  | {
      readonly kind: 'merge'
      readonly direction: 'down' | 'up'
      /** The internal layer. */
      readonly lower: Layer
      readonly child: Layer
      /** An upper limit: clusters that both hold are counted. */
      readonly copyBytes: number
    }

export interface MergeInput {
  readonly layers: LayerMap
  /** Layers that a checkpoint names or that are active. */
  readonly named: ReadonlySet<LayerId>
  /** Bytes that a layer's file occupies. */
  readonly allocatedBytes: (layer: Layer) => number
}

/** Everything that can be done now, the cheapest first; an unlink costs nothing. Each is independent of the state of the VM. */
export function planMerges(input: MergeInput): MergeAction[] {
  const children = childrenOf(input.layers)
  const actions: MergeAction[] = []
  const isTakenIn = ({ parentId }: Layer) =>
    parentId !== null &&
    input.layers[parentId]?.linked === true &&
    !input.named.has(parentId) &&
    children.get(parentId)?.length === 1
  for (const layer of Object.values<Layer>(input.layers)) {
    if (input.named.has(layer.id)) continue
    const [child, ...others] = children.get(layer.id) ?? []
    if (!child) {
      if (!layer.linked && !isTakenIn(layer)) actions.push({ kind: 'unlink', layer })
    } else if (others.length === 0) {
      actions.push(mergeOf(layer, child, input))
    }
  }
  return actions.sort((a, b) => costOf(a) - costOf(b))
}

function mergeOf(lower: Layer, child: Layer, input: MergeInput): MergeAction {
  const downBytes = input.allocatedBytes(child)
  const upBytes = input.allocatedBytes(lower)
  const isElsewhere = dirname(child.file) !== dirname(lower.file)
  const isGood = isElsewhere || downBytes <= upBytes
  const down = lower.linked || (isGood && child.virtualSizeBytes >= lower.virtualSizeBytes)
  return {
    kind: 'merge',
    direction: down ? 'down' : 'up',
    lower,
    child,
    copyBytes: down ? downBytes : upBytes,
  }
}

const costOf = (action: MergeAction) => (action.kind === 'unlink' ? -1 : action.copyBytes)
