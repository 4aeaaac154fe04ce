/** What the outside is told. A client that gets an event reads the thing again; events carry no secrets. */
export type StillpointEvent =
  | { readonly type: 'vm.changed'; readonly vmId: string }
  | { readonly type: 'vm.removed'; readonly vmId: string }
  | { readonly type: 'task.changed'; readonly taskId: string; readonly vmId: string | null }
  | {
      readonly type: 'notice'
      /** Null when it is not about a VM. */
      readonly vmId: string | null
      readonly level: 'info' | 'warning' | 'error'
      readonly message: string
    }

export type Listener = (event: StillpointEvent) => void

export interface EventBus {
  publish(event: StillpointEvent): void
  /** Returns the function that ends the subscription. */
  subscribe(listener: Listener): () => void
}

export function createEventBus(onListenerError: (error: unknown) => void): EventBus {
  const listeners = new Set<Listener>()
  return {
    publish(event) {
      for (const listener of listeners) {
        try {
          listener(event)
        } catch (error) {
          onListenerError(error)
        }
      }
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
