import { readFileSync } from 'node:fs'
import type { Client } from '../client/client.ts'
import { createClient } from '../client/client.ts'
import { homeFolder, socketOf } from '../client/home.ts'
import { messageOf, StillpointError } from '../core/error.ts'
import { ensureDaemon } from './daemon.ts'
import { createPaint, type Paint } from './paint.ts'
import type { System } from './system.ts'

/** Options that every command has. */
export interface GlobalOptions {
  readonly json?: boolean
  readonly host?: string
  readonly tokenFile?: string
}

/** What a command works with. */
export interface Context {
  readonly system: System
  readonly isJson: boolean
  /** For text on stdout. */
  readonly paint: Paint
  /** Somebody can be asked. */
  readonly isInteractive: boolean
  /** The home folder whose daemon is used; null when `--host` names another one. */
  readonly home: string | null
  /** What `--host` names, with its token; null without it. Error: `unauthorized` when no token is given. */
  readonly remote: { readonly url: string; readonly urlElsewhere: null; readonly token: string } | null
  /** Talks to the daemon, which is started first when none answers at the home folder. */
  client(): Promise<Client>
  /** Talks to the daemon that there is. */
  clientOfRunning(): Client
  /** A line on stdout, left out with `--json`. */
  say(text: string): void
  /** A line on stderr, likewise. */
  remark(text: string): void
  /** The one document on stdout with `--json`; nothing without. */
  document(value: unknown): void
  close(): Promise<void>
}

export function createContext(system: System, options: GlobalOptions): Context {
  const { environment, stdin, stdout, stderr } = system
  const isJson = options.json === true
  const host = options.host ?? environment.STILLPOINT_HOST
  const home = host ? null : homeFolder(environment)
  let client: Client | undefined

  function clientOfRunning(): Client {
    client ??= createClient(
      home === null ? { url: host ?? '', token: token() } : { socketPath: socketOf(home) },
    )
    return client
  }

  function token(): string | null {
    const file = options.tokenFile ?? environment.STILLPOINT_TOKEN_FILE
    if (!file) return null
    try {
      return readFileSync(file, 'utf8').trim()
    } catch (error) {
      throw new StillpointError('invalid_request', `Cannot read the token file: ${messageOf(error)}.`)
    }
  }

  const context: Context = {
    system,
    isJson,
    paint: createPaint(stdout),
    isInteractive: !isJson && stdin.isTTY === true && stderr.isTTY === true,
    home,
    get remote() {
      if (home !== null) return null
      const given = token()
      if (given === null) throw new StillpointError('unauthorized', 'No token is given.')
      return { url: new URL(host ?? '').origin, urlElsewhere: null, token: given }
    },
    async client() {
      const running = clientOfRunning()
      if (home !== null) await ensureDaemon(home, running, context)
      return running
    },
    clientOfRunning,
    say(text) {
      if (!isJson) stdout.write(`${text}\n`)
    },
    remark(text) {
      if (!isJson) stderr.write(`${text}\n`)
    },
    document(value) {
      if (isJson) stdout.write(`${JSON.stringify(value, null, 2)}\n`)
    },
    async close() {
      await client?.close()
    },
  }
  return context
}
