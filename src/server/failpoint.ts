import { StillpointError } from '../core/error.ts'
import type { InventoryStore } from '../inventory/store-port.ts'

/**
 * For the crash tests: `create:switching=SIGKILL` sends the daemon that signal right after this journal
 * step is durable; `open` and `close` are the ends of an entry, `document:put` is any change of a record. SIGKILL leaves no chance to clean up,
 * SIGSTOP gives the test time to break something else.
 */
export function withFailpoint(store: InventoryStore, failpoint: string | undefined): InventoryStore {
  if (!failpoint) return store
  const [, step = '', signal = ''] = /^([a-z]+:[a-z]+)=(SIGKILL|SIGSTOP)$/.exec(failpoint) ?? []
  if (step === '')
    throw new StillpointError('invalid_request', `STILLPOINT_FAILPOINT "${failpoint}" is not STEP=SIGNAL.`)
  const operations = new Map<string, string>()
  let armed = true
  const reached = (name: string) => {
    if (!armed || name !== step) return
    armed = false
    process.kill(process.pid, signal)
  }
  return {
    ...store,
    putAll(documents, options) {
      store.putAll(documents, options)
      reached('document:put')
      for (const id of options?.closes ?? []) reached(`${operations.get(id)}:close`)
    },
    openJournal(vmId, operation, plan) {
      const id = store.openJournal(vmId, operation, plan)
      operations.set(id, operation)
      reached(`${operation}:open`)
      return id
    },
    mark(id, at, data) {
      store.mark(id, at, data)
      reached(`${operations.get(id)}:${at}`)
    },
  }
}
