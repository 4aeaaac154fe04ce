import type { Options } from './options.ts'

/** What a case works with: the options, a voice, and a place where everything that has to be ended is known. */
export interface Workshop {
  readonly runs: number
  readonly quick: boolean
  /** Sizes of guest memory that were asked for, in MiB; empty: the bench has its own. */
  readonly sizes: readonly number[]
  /** Progress, for the one who waits. */
  say(text: string): void
  /** Sees to it that `resource` is disposed of when the bench ends in whatever way; it may be disposed of twice. */
  own<T extends AsyncDisposable>(resource: T): T
  /** Something that several cases share: made when it is first asked for, and owned. */
  shared<T extends AsyncDisposable>(name: string, make: () => Promise<T>): Promise<T>
  /**
   * Disposes of everything owned, the newest first. Errors are told, not thrown: the rest must go too. Can be
   * called again, for what a case that was cut off had still under way.
   */
  clear(): Promise<void>
}

export function openWorkshop(options: Options): Workshop {
  const owned: AsyncDisposable[] = []
  const shared = new Map<string, Promise<AsyncDisposable>>()
  const say = (text: string) => void process.stderr.write(`${text}\n`)
  const own = <T extends AsyncDisposable>(resource: T): T => {
    owned.push(resource)
    return resource
  }
  return {
    runs: options.runs,
    quick: options.quick,
    sizes: options.sizes,
    say,
    own,
    shared<T extends AsyncDisposable>(name: string, make: () => Promise<T>): Promise<T> {
      const present = shared.get(name) ?? make().then(own)
      shared.set(name, present)
      return present as Promise<T> // a name always stands for the same maker
    },
    async clear() {
      for (const resource of owned.toReversed()) {
        try {
          await resource[Symbol.asyncDispose]()
        } catch (error) {
          say(`Not everything could be removed: ${error instanceof Error ? error.message : error}`)
        }
      }
    },
  }
}
