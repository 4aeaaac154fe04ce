import type { HelperLine } from './helper-process.ts'

const printEveryMs = 100

/** Where the work of a helper says how many bytes it has done, all in all. */
export type OnBytes = (bytes: number) => void

/**
 * The main function of a helper program: hands `work` the order, prints how far it is, its result or its
 * error. What it prints goes to the daemon; when that has ended, printing fails, and ends this process.
 */
export async function helperMain<T>(work: (order: T, onBytes: OnBytes) => Promise<unknown>): Promise<void> {
  let printedAt = performance.now()
  const onBytes = (bytes: number) => {
    if (performance.now() - printedAt < printEveryMs) return
    printedAt = performance.now()
    print({ bytes })
  }
  try {
    const order = JSON.parse(process.argv[2] ?? '') as T // from our own daemon
    print({ result: (await work(order, onBytes)) ?? null })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException // nothing but errors is thrown
    print({ error: { code: typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : null, message } })
  }
}

function print(line: HelperLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
