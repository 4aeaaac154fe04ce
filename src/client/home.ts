import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'

/** The part of the environment that decides where the home folder is. */
export interface HomeEnvironment {
  readonly STILLPOINT_HOME?: string | undefined
  readonly XDG_DATA_HOME?: string | undefined
}

/**
 * The folder with everything the daemon keeps: `STILLPOINT_HOME`, else `/var/lib/stillpoint` for root,
 * else `stillpoint` in the user's data folder (XDG Base Directory Specification 0.8). Absolute.
 */
export function homeFolder(environment: HomeEnvironment, userId = process.getuid?.()): string {
  if (environment.STILLPOINT_HOME) return resolve(environment.STILLPOINT_HOME)
  if (userId === 0) return '/var/lib/stillpoint'
  // A relative one is to be ignored, says the specification.
  const dataHome = environment.XDG_DATA_HOME ?? ''
  return join(isAbsolute(dataHome) ? dataHome : join(homedir(), '.local/share'), 'stillpoint')
}

/** Where the daemon of a home folder listens. */
export function socketOf(home: string): string {
  return join(home, 'stillpointd.sock')
}
