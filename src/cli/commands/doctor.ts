import { type FindingView, type RepairResult, repairResultSchema } from '../../contract/doctor.ts'
import { confirm } from '../confirm.ts'
import type { Context } from '../context.ts'
import { follow, resultOf } from '../follow.ts'
import { plain } from '../format.ts'

interface Options {
  readonly repair?: boolean
  readonly yes?: boolean
}

export async function run(
  context: Context,
  vm: string | undefined,
  { repair = false, yes = false }: Options,
): Promise<void> {
  const client = await context.client()
  const { findings } = await client.examine(vm)
  if (!repair) {
    context.document({ findings })
    sayFindings(context, findings)
    const count = findings.filter(({ isRepairable }) => isRepairable).length
    if (count > 0) context.say(`${count} can be repaired: stillpoint doctor --repair.`)
    return
  }
  const repairable = findings.filter(({ isRepairable }) => isRepairable)
  if (repairable.length > 0 && !yes) {
    sayFindings(context, findings)
    const loss = `${repairable.length} of these are repaired. Records are changed and files are moved; a copy of the metadata is made first.`
    await confirm(context, loss, 'Repair them?')
  }
  const task = await follow(context, client, await client.repair({ vm, confirm: true }))
  sayResult(context, resultOf(repairResultSchema, task))
}

function sayFindings(context: Context, findings: readonly FindingView[]): void {
  if (findings.length === 0) context.say('Nothing is wrong.')
  for (const finding of findings) {
    const { severity, code, vmName, subject, problem, evidence, remedy, isRepairable } = finding
    const colour = ({ error: 'red', warning: 'yellow', info: 'cyan' } as const)[severity]
    const where = vmName === null ? '' : ` VM "${vmName}"`
    context.say(`${context.paint(colour, severity)} ${code}${where}`)
    context.say(`  ${plain(subject)}`)
    context.say(`  ${plain(problem)}`)
    context.say(`  Seen: ${plain(evidence)}`)
    context.say(`  ${isRepairable ? 'Repair: ' : ''}${plain(remedy)}`)
    context.say('')
  }
}

function sayResult(context: Context, { savedTo, repaired, left }: RepairResult): void {
  if (savedTo === null) context.say('There is nothing that can be repaired.')
  else context.say(`The metadata of before are in "${savedTo}".`)
  for (const { finding, outcome, isDone } of repaired) {
    const word = isDone ? context.paint('green', 'repaired') : context.paint('red', 'not repaired')
    context.say(`${word} ${finding.code} ${plain(finding.subject)}`)
    context.say(`  ${plain(outcome)}`)
  }
  if (left.length > 0) {
    context.say('')
    context.say('What is left:')
    sayFindings(context, left)
  }
}
