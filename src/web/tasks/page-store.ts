import { useSyncExternalStore } from 'react'

/** State of the page that code outside of components changes too: what events and tasks say. */
export interface PageStore<State> {
  get(): State
  set(change: (state: State) => State): void
  subscribe(listener: () => void): () => void
}

export function createPageStore<State>(initial: State): PageStore<State> {
  const listeners = new Set<() => void>()
  let state = initial
  return {
    get: () => state,
    set(change) {
      const next = change(state)
      if (Object.is(next, state)) return
      state = next
      for (const listener of listeners) listener()
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

export function usePageStore<State>(store: PageStore<State>): State {
  return useSyncExternalStore(store.subscribe, store.get)
}
