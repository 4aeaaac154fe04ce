import type { GuestHooks } from '../contract/hooks.ts'
import { warn } from './checkpoint-text.ts'
import type { Context } from './context.ts'
import { nothing, plain } from './format.ts'
import { table } from './table.ts'

const head = ['HOOK', 'APPLICATION', 'FROM']

/** What is installed, and what there is to know about it. */
export function reportHooks(context: Context, vm: string, state: GuestHooks): void {
  const { installed, offered, hooks, isHeld } = state
  if (installed === null) {
    context.say(
      `The guest of VM "${vm}" has no hooks; \`stillpoint vm hooks install ${vm}\` puts them there.`,
    )
    return
  }
  context.say(`Version ${plain(installed)} of the hooks is installed in the guest of VM "${vm}".`)
  const rows = hooks.map(({ hook, origin, application }) => [
    plain(hook),
    application === null ? nothing : plain(application),
    origin === 'own' ? 'the guest itself' : 'Stillpoint',
  ])
  if (rows.length > 0) context.say(table(head, rows, context.system.stdout))
  if (isHeld) context.say('Its applications are held for a checkpoint now.')
  if (installed !== offered) {
    warn(context, `this Stillpoint comes with version ${offered}; \`vm hooks install\` brings it up to date`)
  }
}
