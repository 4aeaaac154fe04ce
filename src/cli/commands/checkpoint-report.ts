import { type ReportView, reportDefaults } from '../../contract/storage.ts'
import type { Context } from '../context.ts'
import { spanMs } from '../expiry-time.ts'
import { age, bytes, plain } from '../format.ts'
import { perHour, volumeLine } from '../storage-text.ts'
import { table } from '../table.ts'

interface Options {
  readonly olderThan?: string
  readonly moreThan?: number
}

const head = ['NAME', 'CHECKPOINTS', 'OLDEST', 'SIZE', 'GROWTH', 'WHY']
const dayMs = 86_400_000

export async function run(context: Context, options: Options): Promise<void> {
  const { olderThan, moreThan = reportDefaults.moreThan } = options
  const olderThanDays = olderThan === undefined ? reportDefaults.olderThanDays : spanMs(olderThan) / dayMs
  const report = await (await context.client()).report({ olderThanDays, moreThan })
  context.document(report)
  if (context.isJson) return
  sayVms(context, report, olderThan ?? `${olderThanDays} days`)
  context.say('')
  for (const volume of report.volumes) context.say(volumeLine(context, volume, context.system.now()))
  context.say('A checkpoint is not a backup: it is lost with the disk that it lies on.')
}

function sayVms(context: Context, { vms, totals, moreThan }: ReportView, span: string): void {
  if (vms.length === 0) {
    const limits = `more than ${moreThan} checkpoints, or one older than ${span}`
    context.say(`No VM has ${limits}.`)
    return
  }
  const now = context.system.now()
  const rows = vms.map((vm) => [
    vm.name,
    String(vm.checkpoints),
    age(vm.oldest.createdAt, now),
    bytes(vm.bytes),
    perHour(vm.growthBytesPerHour),
    plain(vm.reasons.join('; ')),
  ])
  context.say(table(head, rows, context.system.stdout))
  const count = totals.vms === 1 ? '1 VM' : `${totals.vms} VMs`
  context.say(`Together: ${count}, ${totals.checkpoints} checkpoints, ${bytes(totals.bytes)}.`)
  context.say('')
  for (const { name, advice } of vms) context.say(`${context.paint('bold', name)}: ${plain(advice)}`)
}
