import { useSyncExternalStore } from 'react'

/** The checkpoint whose name is being edited in the tree; it is asked for from the right pane and menus as well. */
let renamedId: string | null = null
const listeners = new Set<() => void>()

/** `null` ends it. */
export function setRenamed(checkpointId: string | null): void {
  renamedId = checkpointId
  for (const listener of listeners) listener()
}

export function useRenamed(): string | null {
  return useSyncExternalStore(subscribe, () => renamedId)
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
