import type { ReadStream, WriteStream } from 'node:tty'

/** What the commands know of the process that they run in. */
export interface System {
  readonly stdin: ReadStream
  readonly stdout: WriteStream
  readonly stderr: WriteStream
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The launcher of the daemon. */
  readonly daemonProgram: string
  /** Where relative paths begin. */
  readonly folder: string
  now(): Date
  /** Throws as process.kill does. */
  signalProcess(pid: number, signal: NodeJS.Signals | 0): void
  /** Calls `listener` for each Ctrl-C instead of ending the process, until the returned function is called. */
  onInterrupt(listener: () => void): () => void
}
