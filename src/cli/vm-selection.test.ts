import assert from 'node:assert/strict'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, test } from 'node:test'
import { cliOnServices } from '../../test/fixtures/cli-on-services.ts'
import type { FakeServices } from '../../test/fixtures/fake-services.ts'
import { checkpointView, vmView } from '../../test/fixtures/views.ts'

const host = cliOnServices((services) => {
  services.vms.push(
    vmView({ id: 'aaaa', name: 'web01', tags: ['prod'] }),
    vmView({ id: 'bbbb', name: 'web02' }),
    vmView({ id: 'cccc', name: 'db01', tags: ['prod'] }),
  )
})
const { home } = host
let services: FakeServices
beforeEach(() => {
  services = host.services
})

async function cli(args: readonly string[], input = '') {
  const environment = { XDG_CONFIG_HOME: join(home, 'config') }
  const { system, exit } = host.start(args, { environment, input })
  return { exitCode: await exit, output: system.output(), errors: system.errors() }
}

const policies = () => services.vms.map(({ settings }) => settings.checkpointPolicy)

test('settings go to all that are named, by name, pattern, tag and from the standard input', async () => {
  const { exitCode, output } = await cli(['vm', 'set', 'WEB*', '--policy', 'Standard'])
  assert.equal(exitCode, 0)
  assert.equal(output, 'Changed 2 VMs: "web01", "web02".\n')
  assert.deepEqual(policies(), ['Standard', 'Standard', 'Production'])
  const again = await cli(['vm', 'set', '--all', '--policy', 'Standard'])
  assert.equal(again.output, 'Changed 1 VM: "db01". 2 VMs were so already.\n')
  await cli(['vm', 'set', '--tag', 'prod', '--policy', 'Disabled'])
  assert.deepEqual(policies(), ['Disabled', 'Standard', 'Disabled'])
  await cli(['vm', 'set', '-', '--policy', 'ProductionOnly'], 'web02\n\n db01 \n')
  assert.deepEqual(policies(), ['Disabled', 'ProductionOnly', 'ProductionOnly'])
})

test('every setting has its option, and relative folders begin where the user is', async () => {
  const options =
    '--policy Standard --automatic on --location fast --undo-hours 0 --guard database=forbid --guard cluster-member=off --freeze-budget 500 --sync-clock off --max-checkpoints 5 --max-checkpoint-age 7 --max-checkpoint-size 1G --merge-bandwidth 10 --merge-quiet-hours 22:00-06:00'
  const { exitCode, errors } = await cli(['vm', 'set', '--all', ...options.split(' ')])
  assert.equal(exitCode, 0, errors)
  for (const { settings } of services.vms) {
    assert.deepEqual(settings, {
      checkpointPolicy: 'Standard',
      syncClockAfterApply: false,
      freezeBudgetMs: 500,
      automaticCheckpoints: true,
      checkpointLocation: '/folder/fast',
      undoHours: 0,
      maxCheckpoints: 5,
      maxCheckpointAgeDays: 7,
      maxCheckpointBytes: 1024 ** 3,
      mergeBandwidthMiBps: 10,
      mergeQuietHours: '22:00-06:00',
      guards: { database: 'forbid', 'cluster-member': 'off' },
    })
  }
  const back = await cli(['vm', 'set', 'web01', '--location', 'default', '--max-checkpoints', 'none'])
  assert.equal(back.exitCode, 0, back.errors)
  const [first] = services.vms
  assert.deepEqual([first?.settings.checkpointLocation, first?.settings.maxCheckpoints], [null, null])
})

test('tags are added, removed and replaced', async () => {
  await cli(['vm', 'set', 'web*', '--tag-add', 'a', '--tag-add', 'b', '--tag-remove', 'prod'])
  await cli(['vm', 'set', 'db01', '--tags', 'x, role:database'])
  assert.deepEqual(
    services.vms.map(({ tags }) => tags),
    [
      ['a', 'b'],
      ['a', 'b'],
      ['x', 'role:database'],
    ],
  )
  await cli(['vm', 'set', 'db01', '--tags', ''])
  assert.deepEqual(services.vms[2]?.tags, [])
})

test('what is set is read back as a table, and as data', async () => {
  await cli(['vm', 'set', 'db01', '--policy', 'Disabled', '--automatic', 'on', '--undo-hours', '0'])
  const { output } = await cli(['vm', 'policy'])
  assert.equal(
    output,
    [
      'NAME   POLICY      FALLBACK  AUTOMATIC  UNDO  LIMITS  LOCATION',
      'web01  Production  standard  off        24 h  -       -',
      'web02  Production  standard  off        24 h  -       -',
      'db01   Disabled    -         on         off   -       -',
      '',
    ].join('\n'),
  )
  const { output: json } = await cli(['--json', 'vm', 'policy', '--tag', 'prod', 'web*'])
  const found = JSON.parse(json) as { name: string; settings: { undoHours: number } }[]
  assert.deepEqual(
    found.map(({ name, settings }) => [name, settings.undoHours]),
    [['web01', 24]],
  )
})

test('what cannot be meant changes nothing', async () => {
  for (const [args, words] of [
    [['vm', 'set', 'mail*', '--policy', 'Disabled'], 'No VM has a name that matches "mail*"'],
    [['vm', 'set', 'web01', 'mail', '--policy', 'Disabled'], 'There is no VM "mail"'],
    [['vm', 'set', '--policy', 'Disabled'], 'No VM was named'],
    [['vm', 'set', '-', '--policy', 'Disabled'], 'standard input names no VM'],
    [['vm', 'set', '--all', 'web01', '--policy', 'Disabled'], 'one or the other'],
    [['vm', 'set', '--all'], 'Nothing was named to change'],
    [['vm', 'set', 'web*', '--policy', 'Disabled', '--memory', '1G'], 'of one VM at a time'],
    [['vm', 'set', 'web01', '--guard', 'databases=off'], 'NAME=ACTION'],
    [['vm', 'policy', 'mail?'], 'matches "mail?"'],
  ] as const) {
    const { exitCode, output, errors } = await cli(args)
    assert.ok(errors.includes(words), `${args.join(' ')}: ${errors}`)
    assert.deepEqual([exitCode === 0, output], [false, ''])
  }
  assert.deepEqual(policies(), ['Production', 'Production', 'Production'])
})

test('the notice of production checkpoints is a matter of each user, and warnings are not', async () => {
  const notice = /Backup technology in the guest was used/
  const file = join(home, 'config/stillpoint/settings.json')
  const text = (record = {}) => {
    const view = checkpointView({ id: 'c1', vmId: 'aaaa', name: 'one', kind: 'production' })
    return { ...view, record: { ...view.record, ...record } }
  }
  const create = async (record = {}) => {
    const { createCheckpoint } = services
    services.createCheckpoint = (vm) =>
      services.tasks.start({
        ...{ kind: 'checkpoint.create', title: 'Creating', vmId: null, vmName: vm },
        run: async () => text(record),
      })
    const { output } = await cli(['checkpoint', 'create', 'web01'])
    services.createCheckpoint = createCheckpoint
    return output
  }
  assert.match(await create(), notice)
  assert.match((await cli(['config', 'show'])).output, /production-notice: +on/)
  assert.equal(
    (await cli(['config', 'set', 'production-notice', 'off'])).output,
    'production-notice is off.\n',
  )
  assert.equal(statSync(file).mode & 0o777, 0o600)
  assert.match((await cli(['config', 'show'])).output, /production-notice: +off/)
  const warned = await create({ consistency: 'crash', fallbackReason: 'the agent is silent' })
  assert.doesNotMatch(warned, notice)
  assert.match(warned, /warning: .*the agent is silent[\s\S]*warning: .*power failure/)

  writeFileSync(file, '{ "productionNotice": "no" }')
  const refused = await cli(['config', 'show'])
  assert.ok(refused.exitCode === 2 && refused.errors.includes(file), refused.errors)
  assert.match(await create(), /warning: .*settings\.json[\s\S]*Backup technology/)
  writeFileSync(file, '{ "later": 1 }')
  await cli(['config', 'set', 'production-notice', 'on'])
  assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), { productionNotice: true, later: 1 })
  assert.equal((await cli(['config', 'set', 'production-notice', 'maybe'])).exitCode, 2)
})
