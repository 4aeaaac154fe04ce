import type { GuardsView, GuardView } from '../../contract/guard.ts'
import type { Context } from '../context.ts'
import { age, nothing, plain } from '../format.ts'
import { table } from '../table.ts'

interface Options {
  readonly all?: boolean
}

const head = ['GUARD', 'FOUND', 'CREATE', 'APPLY']

export async function run(context: Context, vm: string, options: Options): Promise<void> {
  const view = await (await context.client()).showGuards(vm)
  context.document(view)
  if (context.isJson) return
  context.say(guestLine(view, context.system.now()))
  const rows = view.guards.map((each) => [
    each.guard,
    each.evidence.length > 0 ? 'yes' : nothing,
    each.setting === null ? each.onCreate : `${each.onCreate} (set)`,
    applyCell(each),
  ])
  context.say(table(head, rows, context.system.stdout))
  for (const each of view.guards) if (options.all || each.evidence.length > 0) explain(context, each)
}

function guestLine({ vmName, guest }: GuardsView, now: Date): string {
  const { osName, askedAt, unknown } = guest
  if (askedAt === null) return plain(`What runs in VM "${vmName}" is not known: ${unknown}.`)
  const who = `The guest of VM "${vmName}"`
  const system = osName === null ? '' : ` (${osName})`
  const gap = unknown === null ? '' : `; it is not known what runs in it now: ${unknown}`
  return plain(`${who}${system} was asked ${age(askedAt, now)} ago${gap}.`)
}

function applyCell({ setting, onApply, onApplyWithoutMemory }: GuardView): string {
  if (setting !== null) return `${onApply} (set)`
  return onApply === onApplyWithoutMemory ? onApply : `${onApply}, without memory ${onApplyWithoutMemory}`
}

function explain(context: Context, { title, evidence, risk, remedy }: GuardView): void {
  context.say('')
  context.say(context.paint('bold', title))
  for (const each of evidence) context.say(plain(`  found: ${each}`))
  context.say(`  risk: ${risk}`)
  context.say(`  before creating: ${remedy.create}`)
  context.say(`  before applying: ${remedy.apply}`)
}
