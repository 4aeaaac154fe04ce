import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { checkpointPolicies } from '../../src/vm/config.ts'
import type { TestDaemon } from '../../test/fixtures/daemon.ts'
import type { BenchCase } from '../harness/definition.ts'
import type { Sheet } from '../harness/sheet.ts'
import type { Target } from '../harness/target.ts'
import type { Workshop } from '../harness/workshop.ts'
import { counts, daemonWith, timed } from './many-vms-daemon.ts'

/** A policy for all VMs in one request. */
export const policy: BenchCase = {
  name: 'policy',
  title: 'set the policy of many VMs at once',
  targets: [within(1000, 2000), within(10_000, 5000)],
  run,
  peers: {},
}

function within(vms: number, mostMs: number): Target {
  return {
    metric: 'set',
    params: { vms },
    text: `under ${mostMs / 1000} s`,
    isReached: (sheet) => sheet.median('set', { vms }) < mostMs,
  }
}

async function run(workshop: Workshop, sheet: Sheet): Promise<void> {
  for (const vms of counts(workshop)) {
    await using daemon = await daemonWith(workshop, { count: vms })
    for (let index = 0; index < workshop.runs; index++) {
      const checkpointPolicy = checkpointPolicies[index % checkpointPolicies.length] ?? 'Standard'
      const request = { select: { all: true }, settings: { checkpointPolicy, undoHours: index } }
      const set = await timed(() => daemon.client.changeVms(request))
      if (set.value.changed.length !== vms) throw new Error(`${set.value.changed.length} VMs were changed`)
      sheet.add('set', 'ms', { vms }, set.tookMs)
      const read = await timed(() => daemon.client.showSettings({ names: ['vm*'] }))
      sheet.add('read back', 'ms', { vms }, read.tookMs)
      const copies = await timed(() =>
        allCopied(
          daemon,
          read.value.map(({ id }) => id),
          index,
        ),
      )
      sheet.add('until all copies followed', 'ms', { vms }, set.tookMs + read.tookMs + copies.tookMs)
    }
  }
}

async function allCopied({ home }: TestDaemon, ids: readonly string[], undoHours: number): Promise<void> {
  for (const id of ids) {
    for (;;) {
      const text = await readFile(join(home, 'vms', id, 'vm.json'), 'utf8').catch(() => '')
      if (text.includes(`"undoHours": ${undoHours},`)) break
    }
  }
}
