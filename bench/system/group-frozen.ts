import type { GroupCheckpointResult } from '../../src/contract/group.ts'
import { TestDaemon } from '../../test/fixtures/daemon.ts'
import { GuestVm } from '../../test/fixtures/guest-vm.ts'
import type { BenchCase } from '../harness/definition.ts'
import type { Sheet } from '../harness/sheet.ts'
import type { Workshop } from '../harness/workshop.ts'

/** What VMs have to wait for each other when a checkpoint of all of them is taken at one instant. */
export const groupFrozen: BenchCase = {
  name: 'group',
  title: 'checkpoints of one, two and four VMs at one instant',
  targets: [
    {
      metric: 'frozen, longest of the group',
      params: { vms: 2 },
      text: 'at most twice that of one VM',
      isReached: (sheet) =>
        sheet.median('frozen, longest of the group', { vms: 2 }) <=
        2 * sheet.median('frozen, longest of the group', { vms: 1 }),
    },
  ],
  run,
  peers: {},
}

const sizes = [1, 2, 4]

async function run(workshop: Workshop, sheet: Sheet): Promise<void> {
  await using daemon = workshop.own(
    await TestDaemon.start({ STILLPOINT_ACCEL: process.env.STILLPOINT_ACCEL ?? 'tcg' }),
  )
  const names = Array.from({ length: Math.max(...sizes) }, (_, index) => `vm${index + 1}`)
  for (const name of names) {
    const vm = await GuestVm.create(daemon, name, { settings: { freezeBudgetMs: 10_000 } })
    await vm.boot()
  }
  for (const vms of sizes) {
    const group = `group of ${vms}`
    await daemon.client.createGroup({ name: group, vms: names.slice(0, vms) })
    for (const policy of ['ProductionOnly', 'Standard'] as const) {
      for (const name of names) await daemon.client.updateVm(name, { settings: { checkpointPolicy: policy } })
      for (let index = 1; index <= workshop.runs; index++) {
        const made = await daemon.done(daemon.client.createGroupCheckpoint(group))
        const { checkpoint, spanMs } = made.result as GroupCheckpointResult // of a group.checkpoint task
        const records = checkpoint.checkpoints.map((each) => each.checkpoint.record)
        const [stood, of] =
          policy === 'Standard'
            ? (['paused', records.map(({ pauseMs }) => pauseMs ?? Number.NaN)] as const)
            : (['frozen', records.map(({ frozenMs }) => frozenMs ?? Number.NaN)] as const)
        sheet.add(`${stood}, longest of the group`, 'ms', { vms }, Math.max(...of))
        sheet.add(`${stood}, from the first to the last`, 'ms', { vms }, spanMs ?? Number.NaN)
        workshop.say(
          `  ${group}, ${index}/${workshop.runs}: ${stood} ${of.join(', ')} ms; ${spanMs} ms in all`,
        )
        await daemon.done(daemon.client.deleteGroupCheckpoint(group, checkpoint.setId))
        for (const name of names) await daemon.settled(name)
      }
    }
  }
}
