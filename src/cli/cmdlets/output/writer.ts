import type { Context } from '../../context.ts'
import { table } from '../../table.ts'
import { headOf, type Printed, rowOf } from './columns.ts'

/** Where the objects of a cmdlet go: lines of JSON as they come, or, on a terminal, tables at the end. */
export interface Writer {
  write(printed: Printed): void
  /** Prints what is left. */
  flush(): void
}

export function createWriter({ system, isJson }: Context): Writer {
  const { stdout } = system
  if (isJson || !stdout.isTTY) {
    return {
      write: ({ object }) => void stdout.write(`${JSON.stringify(object)}\n`),
      flush() {},
    }
  }
  const waiting: Printed[] = []
  return {
    write(printed) {
      if (waiting.length > 0 && waiting[0]?.kind !== printed.kind) this.flush()
      waiting.push(printed)
    },
    flush() {
      const [first] = waiting
      if (!first) return
      const [head = [], line = []] = headOf(first.kind)
      const rows = waiting.splice(0).map(rowOf)
      const wide = table(head, [line, ...rows], stdout)
      // Where the first column stands alone, a line under it says nothing.
      const isWide = wide.split('\n', 1)[0] !== head[0]
      stdout.write(`\n${isWide ? wide : table(head, rows, stdout)}\n\n`)
    },
  }
}
