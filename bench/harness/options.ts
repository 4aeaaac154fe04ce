import { parseArgs } from 'node:util'

export interface Options {
  readonly bench: string
  readonly json: boolean
  readonly peer: string | null
  readonly runs: number
  readonly only: readonly string[]
  readonly quick: boolean
  /** Sizes of guest memory in MiB, in ascending order; empty: those of the bench. */
  readonly sizes: readonly number[]
}

export class UsageError extends Error {}

export const usage = `npm run bench -- BENCH [--json] [--peer NAME] [--runs N] [--only CASE]... [--size MIB]... [--quick]

  --json       one line of JSON for each figure on standard output; the table goes to standard error
  --peer NAME  let NAME do the same work in the same run
  --runs N     how often each figure is measured (default 5, with --quick 2)
  --only CASE  this case alone; can be given several times
  --size MIB   this size of guest memory instead of the bench's own, where it has several; several times too
  --quick      small sizes and few runs: shows that everything works, not how fast it is`

/** Errors: UsageError. */
export function parseOptions(args: readonly string[]): Options {
  const { values, positionals } = parse(args)
  const [bench, ...others] = positionals
  if (bench === undefined || others.length > 0) throw new UsageError('Name one bench.')
  const quick = values.quick ?? false
  const runs = Number(values.runs ?? (quick ? 2 : 5))
  if (!Number.isInteger(runs) || runs < 1) throw new UsageError(`"${values.runs}" is not a number of runs.`)
  return {
    bench,
    json: values.json ?? false,
    peer: values.peer ?? null,
    runs,
    only: values.only ?? [],
    quick,
    sizes: sizesOf(values.size ?? []),
  }
}

function sizesOf(texts: readonly string[]): number[] {
  const unknown = texts.find((text) => !Number.isInteger(Number(text)) || Number(text) < 1)
  if (unknown !== undefined) throw new UsageError(`"${unknown}" is not a size of memory in MiB.`)
  return [...new Set(texts.map(Number))].sort((a, b) => a - b)
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        json: { type: 'boolean' },
        peer: { type: 'string' },
        runs: { type: 'string' },
        only: { type: 'string', multiple: true },
        size: { type: 'string', multiple: true },
        quick: { type: 'boolean' },
      },
    })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}
