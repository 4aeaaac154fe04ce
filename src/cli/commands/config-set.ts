import type { Context } from '../context.ts'
import { writeUserSettings } from '../user-settings.ts'

export async function run(context: Context, key: 'production-notice', value: 'on' | 'off'): Promise<void> {
  context.document(await writeUserSettings(context.system, { productionNotice: value === 'on' }))
  context.say(`${key} is ${value}.`)
}
