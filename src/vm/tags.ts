import { StillpointError } from '../core/error.ts'
import { limits } from './config.ts'
import { nameKey } from './name.ts'

export interface TagsChange {
  /** In place of those that there are. */
  readonly tags?: readonly string[] | undefined
  readonly addTags: readonly string[]
  readonly removeTags: readonly string[]
}

/** A VM's tags after a change, each once without regard to case. Error: `invalid_request` when they are too many. */
export function tagsAfter(
  { name, tags }: { readonly name: string; readonly tags: readonly string[] },
  { tags: instead, addTags, removeTags }: TagsChange,
): string[] {
  const removed = new Set(removeTags.map(nameKey))
  const byKey = new Map<string, string>()
  for (const tag of [...(instead ?? tags), ...addTags]) {
    if (!byKey.has(nameKey(tag))) byKey.set(nameKey(tag), tag)
  }
  const after = [...byKey].flatMap(([key, tag]) => (removed.has(key) ? [] : [tag]))
  if (after.length <= limits.tags.count) return after
  throw new StillpointError(
    'invalid_request',
    `VM "${name}" would have ${after.length} tags; it can have ${limits.tags.count}.`,
  )
}
