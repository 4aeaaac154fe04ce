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
      stdout.write(`\n${table(head, [line, ...waiting.splice(0).map(rowOf)], stdout)}\n\n`)
    },
  }
}
