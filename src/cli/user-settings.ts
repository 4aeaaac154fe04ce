import { readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'
import { z } from 'zod'
import { asStorageError, writeFileDurably } from '../core/durable-file.ts'
import { messageOf, StillpointError } from '../core/error.ts'
import type { System } from './system.ts'

/** What a user wants to see; it belongs to the user, not to a daemon. Warnings are shown whatever is set. */
const schema = z.looseObject({
  /** Say after a production checkpoint that backup technology in the guest was used. */
  productionNotice: z.boolean().default(true),
})
export type UserSettings = z.infer<typeof schema>

/** `stillpoint/settings.json` in the user's folder for settings (XDG Base Directory Specification 0.8). */
export function userSettingsFile({ environment }: Pick<System, 'environment'>): string {
  const configHome = environment.XDG_CONFIG_HOME ?? ''
  const home = environment.HOME || homedir()
  return join(isAbsolute(configHome) ? configHome : join(home, '.config'), 'stillpoint/settings.json')
}

/** Defaults where there is no file. Error: `invalid_request` naming the file when it cannot be used. */
export function readUserSettings(system: Pick<System, 'environment'>): UserSettings {
  const file = userSettingsFile(system)
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return schema.parse({})
    const why = error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error)
    throw new StillpointError(
      'invalid_request',
      `Your settings "${file}" cannot be used: ${why}. Mend the file or remove it.`,
      { details: { file }, cause: error },
    )
  }
}

/** Replaces the file, mode 0600; what it holds besides stays. Errors: as `readUserSettings`; `io_error`, `disk_full`. */
export async function writeUserSettings(
  system: Pick<System, 'environment'>,
  change: Partial<UserSettings>,
): Promise<UserSettings> {
  const file = userSettingsFile(system)
  const next = { ...readUserSettings(system), ...change }
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    await writeFileDurably(file, `${JSON.stringify(next, null, 2)}\n`)
  } catch (error) {
    throw asStorageError(error, `Your settings "${file}" cannot be written`)
  }
  return next
}
