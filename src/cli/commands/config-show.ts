import type { Context } from '../context.ts'
import { labelled } from '../table.ts'
import { readUserSettings, userSettingsFile } from '../user-settings.ts'

export async function run(context: Context): Promise<void> {
  const settings = readUserSettings(context.system)
  context.document(settings)
  context.say(
    labelled([
      ['production-notice', settings.productionNotice ? 'on' : 'off'],
      ['File', userSettingsFile(context.system)],
    ]),
  )
}
