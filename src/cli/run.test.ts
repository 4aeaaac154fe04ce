import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { cliOnServices, wordsOf } from '../../test/fixtures/cli-on-services.ts'
import type { FakeServices } from '../../test/fixtures/fake-services.ts'
import type { FakeSystemOptions } from '../../test/fixtures/fake-system.ts'
import { checkpointView, vmView } from '../../test/fixtures/views.ts'
import type { Problem } from '../contract/system.ts'

const host = cliOnServices((services) => {
  services.vms.push(vmView({ id: 'aaaa', name: 'web01', nowParentId: 'c1', checkpointCount: 1 }))
  services.checkpoints.push(checkpointView({ id: 'c1', vmId: 'aaaa', name: 'First', isNowParent: true }))
})
let services: FakeServices
beforeEach(() => {
  services = host.services
})

const start = (line: string, options: FakeSystemOptions = {}) => host.start(wordsOf(line), options)

async function cli(line: string, options: FakeSystemOptions = {}) {
  const { system, exit } = start(line, options)
  return { exitCode: await exit, output: system.output(), errors: system.errors() }
}

test('tables have a line per row, with dashes for what there is not', async () => {
  services.vms.push(
    vmView({ id: 'bbbb', name: 'db01', state: 'running', startedAt: '2026-01-02T02:00:00.000Z' }),
  )
  const { exitCode, output } = await cli('vm list')
  assert.equal(exitCode, 0)
  assert.equal(
    output,
    [
      'NAME   STATE    MEMORY   CPUS  UPTIME  CHECKPOINTS  STATUS',
      'web01  off      512 MiB  1     -       1',
      'db01   running  512 MiB  1     2h 04m  0',
      '',
    ].join('\n'),
  )
})

test('a checkpoint that nobody asked for by itself says where it came from', async () => {
  const group = { groupId: 'g1', groupName: 'shop', setId: 's1' }
  services.checkpoints.push(
    checkpointView({ id: 'c9', vmId: 'aaaa', name: 'Of a group', automatic: true, group }),
  )
  const { output } = await cli('checkpoint show web01 c9')
  assert.match(
    output,
    /^Automatic: +taken at a start; goes with the next clean stop\nGroup: +shop, at the instant s1$/m,
  )
})

test('on a narrow terminal the name stands on a line of its own', async () => {
  const { output } = await cli('checkpoint list web01', { isTerminal: true, columns: 60 })
  const lines = output.split('\n')
  assert.match(lines[2] ?? '', /^First .*← Now/)
  assert.match(lines[3] ?? '', /^ {2}production {2}file-system/)
  const wide = await cli('checkpoint list web01', { isTerminal: true, columns: 120 })
  assert.equal(wide.output.trimEnd().split('\n').length, 2)
})

test('with --json stdout is one document of the API and nothing else', async () => {
  const list = await cli('vm list --json')
  assert.deepEqual(JSON.parse(list.output), services.vms)
  const create = await cli('--json checkpoint create web01 --name Second')
  assert.equal(create.errors, '')
  const task = JSON.parse(create.output) as { state: string; result: { name: string } }
  assert.deepEqual([task.state, task.result.name], ['succeeded', 'Second'])
  const merge = await cli('checkpoint merge web01 --json')
  assert.equal(JSON.parse(merge.output), null)
})

test('errors have a message, a hint and the exit code of their kind', async () => {
  const cases = [
    { line: 'vm show none', exitCode: 4, errors: /^error: There is no VM "none"\.\nhint: .*vm list/ },
    { line: 'vm create web01', exitCode: 5, errors: /^error: A VM named "web01" exists already/ },
    { line: "checkpoint create web01 --name ' '", exitCode: 2, errors: /blank/ },
    { line: 'vm create x --append quiet', exitCode: 2, errors: /--kernel/ },
    { line: 'vm disk add web01', exitCode: 2, errors: /Name one disk/ },
    { line: 'vm disk add web01 --disk-size 1G --disk-size 2G', exitCode: 2, errors: /one at a time/ },
    { line: 'vm disk add web01 --disk a.raw --disk-size 1G', exitCode: 2, errors: /Name one disk/ },
    { line: 'vm disk grow web01 disk0 lots', exitCode: 2, errors: /"lots" is not a size/ },
    { line: 'vm set web01', exitCode: 2, errors: /Nothing was named/ },
    { line: 'vm set web01 --sync-clock perhaps', exitCode: 2, errors: /neither on nor off/ },
    { line: 'vm create x --memory lots', exitCode: 2, errors: /"lots" is not a size/ },
    { line: 'vm show', exitCode: 2, errors: /missing required argument 'vm'/ },
    { line: 'vm shwo web01', exitCode: 2, errors: /unknown command 'shwo'/ },
  ]
  for (const { line, exitCode, errors } of cases) {
    const result = await cli(line)
    assert.equal(result.exitCode, exitCode, line)
    assert.equal(result.output, '')
    assert.match(result.errors, errors)
  }
})

test('with --json an error is a problem document on stderr', async () => {
  for (const [line, code, exitCode] of [
    ['vm show none --json', 'vm_not_found', 4],
    ['vm shwo --json', 'invalid_request', 2],
    ['checkpoint apply web01 First --json', 'confirmation_required', 2],
  ] as const) {
    const result = await cli(line)
    assert.deepEqual([result.exitCode, result.output], [exitCode, ''])
    assert.equal((JSON.parse(result.errors) as Problem).code, code)
  }
})

test('what cannot be taken back is refused where nobody can be asked, with the flag that does it', async () => {
  for (const line of [
    'checkpoint apply web01 First',
    'checkpoint revert web01',
    'checkpoint delete web01 First',
    'vm remove web01',
    'vm disk remove web01 disk0',
    'inventory rebuild',
  ]) {
    const refused = await cli(line)
    assert.equal(refused.exitCode, 2, line)
    assert.match(refused.errors, /add --yes/)
  }
  assert.equal(services.tasks.list().length, 0)
  assert.equal((await cli('checkpoint apply web01 First --yes')).exitCode, 0)
  assert.equal((await cli('vm remove web01 --yes')).exitCode, 0)
  assert.equal(services.vms.length, 0)
})

test('at a terminal, applying offers three choices', async () => {
  const answers = { 1: 2, 2: 1, 3: 1 }
  for (const [answer, expected] of Object.entries(answers)) {
    services.checkpoints.splice(1)
    const { system, exit } = start('checkpoint apply web01 First', { isTerminal: true })
    while (!system.errors().includes('Choose')) await sleep(5)
    assert.match(system.errors(), /1 {2}Create checkpoint and apply\n {2}2 {2}Apply\n {2}3 {2}Cancel\n/)
    system.type(`${answer}\n`)
    assert.equal(await exit, answer === '3' ? 11 : 0)
    assert.equal(services.checkpoints.length, expected, `answer ${answer}`)
  }
  assert.equal(services.tasks.list().length, 2)
})

test('a question that is not answered with yes changes nothing', async () => {
  for (const answer of ['\n', 'no\n', 'x\n']) {
    const { system, exit } = start('vm remove web01', { isTerminal: true })
    while (!system.errors().includes('[y/N]')) await sleep(5)
    system.type(answer)
    assert.equal(await exit, 11)
  }
  assert.equal(services.vms.length, 1)
})

test('a risk is warned of, confirmed or forbidden, as the settings of the VM say', async () => {
  const set = async (action: string) =>
    assert.equal((await cli(`vm set web01 --guard database=${action}`)).exitCode, 0)
  services.vms.splice(0, 1, vmView({ ...services.vms[0], id: 'aaaa', name: 'web01', tags: ['role:db'] }))
  const warned = await cli('checkpoint apply web01 First --yes')
  assert.equal(warned.exitCode, 0)
  assert.match(warned.output, /warning: database \(the tag "role:db"\): .*What was committed/)

  await set('confirm')
  for (const line of ['checkpoint create web01', 'checkpoint apply web01 First --yes']) {
    const before = services.tasks.list().length
    const refused = await cli(line)
    assert.equal(refused.exitCode, 2, line)
    assert.match(refused.errors, /risks, which were not confirmed.*\n.*--accept-risk/)
    assert.equal(services.tasks.list().length, before, 'no task was started')
    assert.equal((await cli(`${line} --accept-risk`)).exitCode, 0, line)
  }
  for (const [answer, exitCode] of [['y\n', 0] as const, ['n\n', 11] as const]) {
    const { system, exit } = start('checkpoint create web01', { isTerminal: true })
    while (!system.errors().includes('[y/N]')) await sleep(5)
    assert.match(system.errors(), /Database: the tag "role:db"[\s\S]*Better: /)
    system.type(answer)
    assert.equal(await exit, exitCode)
  }

  await set('forbid')
  const forbidden = await cli('checkpoint create web01 --accept-risk')
  assert.equal(forbidden.exitCode, 5)
  assert.match(forbidden.errors, /forbidden.*\n.*vm set VM --guard/)
  assert.match((await cli('vm guards web01')).output, /database +yes +forbid \(set\) +forbid \(set\)/)
  assert.equal((await cli('vm set web01 --guard domain-controller=warn')).exitCode, 0)
  assert.match((await cli('vm guards web01')).output, /database +yes +warn +warn\n/)
  assert.equal((await cli('vm set web01 --guard database=often')).exitCode, 2)
})

test('a new checkpoint is reported with what was reached, and a fallback with its reason', async () => {
  const plain = await cli('checkpoint create web01 --name Second')
  assert.match(plain.output, /^Created the production checkpoint "Second" \(\w+\)\.\n/)
  assert.match(plain.output, /file-system consistent; the guest was paused 3\.4 ms, frozen 41\.2 ms\./)
  assert.match(plain.output, /Backup technology in the guest was used/)
  assert.match(plain.errors, /^Creating Checkpoint \(\d+%\): Step \d\n/)

  const { record } = checkpointView({ id: '', vmId: '', name: '' })
  const fallback = { ...record, consistency: 'crash', fallbackReason: 'no \u001b[31magent' } as const
  const view = checkpointView({ id: 'c9', vmId: 'aaaa', name: 'x', kind: 'standard', record: fallback })
  services.createCheckpoint = () =>
    services.tasks.start({
      kind: 'checkpoint.create',
      vmId: null,
      vmName: 'web01',
      title: 'Creating Checkpoint',
      run: async () => view,
    })
  const { output } = await cli('checkpoint create web01')
  assert.match(output, /warning: not the kind that the policy Production prefers: no agent\n/)
  assert.match(output, /warning: .*power failure/)
  assert.doesNotMatch(output, /Backup technology/)
})

test('Ctrl-C asks the daemon to cancel; the second one leaves the task to itself', async () => {
  services.stepMs = 50
  const cancelled = start('vm start web01')
  while (!/Step \d/.test(cancelled.system.errors())) await sleep(5)
  assert.ok(cancelled.system.interrupt())
  assert.equal(await cancelled.exit, 11)
  assert.match(cancelled.system.errors(), /Asked the daemon to cancel.*\n[\s\S]*error: Cancelled by the user/)
  assert.equal(cancelled.system.interrupt(), false)

  services.tasks.cancel = (id) => services.tasks.get(id) ?? assert.fail()
  const left = start('vm start web01')
  while (!/Step \d/.test(left.system.errors())) await sleep(5)
  left.system.interrupt()
  left.system.interrupt()
  assert.equal(await left.exit, 130)
  assert.match(left.system.errors(), /goes on; `stillpoint task watch \w+`/)
  await services.tasks.drain({ abort: false })
})

test('options become the request that they mean, with absolute paths and disks in their order', async () => {
  let request: unknown
  const { createVm } = services
  services.createVm = (asked) => {
    request = asked
    return createVm(asked)
  }
  const line = `vm create new --memory 2G --cpus 2 --disk a.qcow2,link --disk-size 20G
    --disk /x/b,c.qcow2,backing=d.qcow2 --kernel k --append 'quiet debug' --network none --memory-backing shared --policy ProductionOnly`
  assert.equal((await cli(line)).exitCode, 0)
  assert.deepEqual(request, {
    name: 'new',
    memoryMiB: 2048,
    cpus: 2,
    disks: [
      { source: 'image', path: '/folder/a.qcow2', use: 'link', backing: null },
      { source: 'empty', sizeBytes: 20 * 1024 ** 3 },
      { source: 'image', path: '/x/b,c.qcow2', use: 'copy', backing: '/folder/d.qcow2' },
    ],
    firmware: 'bios',
    network: 'none',
    display: 'none',
    tpm: 'none',
    tags: [],
    memoryBacking: 'shared',
    boot: { kernel: '/folder/k', initrd: null, append: 'quiet debug' },
    settings: { checkpointPolicy: 'ProductionOnly' },
  })
})

test('the other commands work and say what they did', async () => {
  const cases: [string, RegExp][] = [
    ['vm show web01', /^Name: +web01\n[\s\S]*Checkpoints: +1; Now hangs under "First"\n/],
    ['vm start web01', /^VM "web01" runs\.\n$/],
    ['vm pause web01', /is paused/],
    ['vm resume web01', /runs/],
    ['vm stop web01 --force --timeout 5', /is off/],
    ['vm set web01 --cpus 4 --policy Standard', /^Changed VM "web01"/],
    ['checkpoint show web01 First', /^Name: +First\n[\s\S]*Guest frozen: +41\.2 ms, 2 file systems\n/],
    ['checkpoint rename web01 First Base', /^Renamed it to "Base"/],
    ['checkpoint revert web01 --yes --checkpoint-first', /Applied "Base" to VM "web01"; it runs\. .*211 ms/],
    ['checkpoint list web01 --tree', /^└─ Base .*\n {3}├─ Before apply .*\n {3}└─ Now\n$/],
    ['checkpoint merge web01', /^No merge waits/],
    [
      'checkpoint export web01 Base out',
      /^Exported "Base" of VM "web01" to \/.*out: 1 disk and the memory, 3 GiB\.$/m,
    ],
    ['checkpoint export web01 Base out --no-memory', /: 1 disk, 3 GiB\.$/m],
    ['vm import out --name web03', /^Imported VM "web03" \(\w+\) with the checkpoint "before"/],
    ['checkpoint delete web01 Base --subtree --yes', /^Deleted "Base"/],
    ['task list --vm web01 --limit 1', /^TASK .*\nDeleting Checkpoint +succeeded +100%/],
    ['inventory rebuild --yes', /^Found VM "web01" \(aaaa\) with 1 checkpoint\.\n/],
    ['daemon status', /^Daemon: +runs, process \d+/],
    ['--version', /^\d+\.\d+\.\d+\n$/],
  ]
  for (const [line, output] of cases) {
    const result = await cli(line)
    assert.equal(result.exitCode, 0, `${line}: ${result.errors}`)
    assert.match(result.output, output, line)
  }
  const [task] = services.tasks.list()
  assert.match((await cli(`task show ${task?.id}`)).output, /Log: .*Step 5\n/)
  assert.match((await cli(`task watch ${task?.id}`)).output, /succeeded/)
  assert.equal((await cli(`task cancel ${task?.id}`)).exitCode, 2)
})

test('events are printed as they happen until Ctrl-C', async () => {
  const { system, exit } = start('events --json')
  while (system.output() === '') {
    services.events.publish({ type: 'vm.changed', vmId: 'aaaa' })
    await sleep(5)
  }
  system.interrupt()
  assert.equal(await exit, 0)
  const [line = ''] = system.output().split('\n')
  assert.deepEqual(JSON.parse(line), { at: '2026-01-02T04:04:05.000Z', type: 'vm.changed', vmId: 'aaaa' })
})
