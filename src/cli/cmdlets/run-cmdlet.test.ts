import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { cliOnServices, wordsOf } from '../../../test/fixtures/cli-on-services.ts'
import type { FakeServices } from '../../../test/fixtures/fake-services.ts'
import type { FakeSystemOptions } from '../../../test/fixtures/fake-system.ts'
import { checkpointView, vmView } from '../../../test/fixtures/views.ts'
import type { Problem } from '../../contract/system.ts'

const host = cliOnServices((services) => {
  services.vms.push(
    vmView({ id: 'aaaa', name: 'web01', nowParentId: 'c2', checkpointCount: 2 }),
    vmView({ id: 'bbbb', name: 'web02', state: 'running', startedAt: '2026-01-01T02:00:00.000Z' }),
    vmView({ id: 'cccc', name: 'db01' }),
  )
  services.checkpoints.push(
    checkpointView({ id: 'c1', vmId: 'aaaa', name: 'Base', kind: 'offline' }),
    checkpointView({
      id: 'c2',
      vmId: 'aaaa',
      name: 'Before patch',
      parentId: 'c1',
      isNowParent: true,
      createdAt: '2026-01-02T03:05:00.000Z',
    }),
  )
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

async function objects(line: string, input?: string): Promise<Record<string, unknown>[]> {
  const { exitCode, output, errors } = await cli(line, input === undefined ? {} : { input })
  assert.equal(exitCode, 0, errors)
  return output
    .split('\n')
    .filter(Boolean)
    .map((each) => JSON.parse(each))
}

const names = (found: Record<string, unknown>[]) => found.map(({ Name }) => Name)
const policies = () => services.vms.map(({ name, settings }) => `${name} ${settings.checkpointPolicy}`).sort()

test('on a terminal objects are a table with the columns of PowerShell', async () => {
  const { output } = await cli("Get-VM 'web*'", { isTerminal: true, columns: 120 })
  assert.equal(
    output,
    [
      '',
      'Name   State    MemoryAssigned(M)  Uptime      Status              Version',
      '----   -----    -----------------  ------      ------              -------',
      'web01  Off      0                  00:00:00    Operating normally  pc-q35-7.2',
      'web02  Running  512                1.02:04:05  Operating normally  pc-q35-7.2',
      '',
      '',
    ].join('\n'),
  )
  const checkpoints = await cli('Get-VMCheckpoint web01', { isTerminal: true, columns: 120 })
  assert.match(checkpoints.output, /VMName +Name +SnapshotType +CreationTime +ParentSnapshotName\n/)
  assert.match(checkpoints.output, /web01 +Before patch +Production +2026-01-02 \d\d:05:00 +Base\n/)
})

test('elsewhere they are lines of JSON with the names of Hyper-V', async () => {
  const [vm] = await objects('Get-VM WEB01')
  assert.deepEqual(
    [
      vm?.Name,
      vm?.Id,
      vm?.State,
      vm?.CheckpointType,
      vm?.AutomaticCheckpointsEnabled,
      vm?.SnapshotFileLocation,
    ],
    ['web01', 'aaaa', 'Off', 'Production', false, '/vms/x'],
  )
  const [base, patch] = await objects('Get-VMSnapshot -VMName web01')
  assert.deepEqual([base?.Name, base?.SnapshotType, base?.ParentSnapshotName], ['Base', 'Offline', null])
  assert.deepEqual(
    [patch?.VMName, patch?.ParentCheckpointName, patch?.ParentCheckpointId],
    ['web01', 'Base', 'c1'],
  )
  const onTerminal = await cli('--json Get-VM web01', { isTerminal: true })
  assert.equal(JSON.parse(onTerminal.output).Name, 'web01')
})

test('names match without regard to case, with wildcards and in lists', async () => {
  assert.deepEqual(names(await objects('get-vm')), ['db01', 'web01', 'web02'])
  assert.deepEqual(names(await objects("Get-VM 'WEB*',db01")), ['web01', 'web02', 'db01'])
  assert.deepEqual(names(await objects("Get-VM 'web0[2-9]'")), ['web02'])
  assert.deepEqual(names(await objects('Get-VM -Id cccc')), ['db01'])
  assert.deepEqual(names(await objects("Get-VM 'x*'")), [])
  assert.deepEqual(names(await objects("Get-VMCheckpoint '*' 'be*'")), ['Before patch'])
  assert.deepEqual(names(await objects('Get-VMCheckpoint web01 -SnapshotType Offline')), ['Base'])
  assert.deepEqual(names(await objects('Get-VMCheckpoint -Id c1')), ['Base'])
  assert.deepEqual(names(await objects('Get-VMCheckpoint -ParentOf c2')), ['Base'])
  assert.deepEqual(names(await objects('Get-VMCheckpoint -ChildOf c1')), ['Before patch'])
})

test('objects go through the pipe, and so do names', async () => {
  const all = await cli('Get-VM')
  const set = await cli('Set-VM -CheckpointType ProductionOnly', { input: all.output })
  assert.deepEqual([set.exitCode, set.output, set.errors], [0, '', ''])
  assert.deepEqual(policies(), ['db01 ProductionOnly', 'web01 ProductionOnly', 'web02 ProductionOnly'])
  await cli('Set-VM -CheckpointType Standard', { input: 'web01\ndb*\n' })
  assert.deepEqual(policies(), ['db01 Standard', 'web01 Standard', 'web02 ProductionOnly'])
  const listed = await cli('vm list --json')
  await cli('Set-VM -CheckpointType Disabled', { input: listed.output })
  assert.deepEqual(policies(), ['db01 Disabled', 'web01 Disabled', 'web02 Disabled'])
  const one = (await cli('Get-VM web02')).output.trim()
  assert.equal((await cli(`Set-VM -VM '${one}' -CheckpointType Production`)).exitCode, 0)
  assert.deepEqual(policies(), ['db01 Disabled', 'web01 Disabled', 'web02 Production'])
  assert.equal((await cli('Set-VM -CheckpointType Standard', { input: '' })).exitCode, 0)
})

test('a checkpoint in the pipe is never taken for its VM', async () => {
  const { output } = await cli('Get-VMCheckpoint web01')
  const { exitCode, errors } = await cli('Remove-VM -Force', { input: output })
  assert.equal(exitCode, 2)
  assert.match(errors, /The input object cannot be bound to any parameters/)
  assert.equal(services.vms.length, 3)
})

test('Checkpoint-VM prints nothing without -Passthru, and warns of what is less than asked for', async () => {
  const silent = await cli("Checkpoint-VM -Name web01 -SnapshotName 'Third'")
  assert.deepEqual([silent.exitCode, silent.output, silent.errors], [0, '', ''])
  const [created] = await objects('Checkpoint-VM web01 Fourth -Passthru')
  assert.deepEqual([created?.Name, created?.ParentSnapshotName], ['Fourth', 'Third'])
  const { record } = checkpointView({ id: '', vmId: '', name: '' })
  const view = checkpointView({
    ...{ id: 'c9', vmId: 'aaaa', name: 'x', kind: 'standard' },
    record: { ...record, consistency: 'crash', fallbackReason: 'no agent' },
  })
  services.createCheckpoint = () => {
    const named = { vmId: null, vmName: 'web01', title: 'Creating Checkpoint' }
    return services.tasks.start({ kind: 'checkpoint.create', ...named, run: async () => view })
  }
  const { errors } = await cli('Checkpoint-VM web01')
  assert.match(errors, /^WARNING: web01: not the kind that the policy Production prefers: no agent\n/)
  assert.match(errors, /WARNING: web01: .*power failure\n/)
  assert.equal((await cli('Checkpoint-VM web01 -WarningAction SilentlyContinue')).errors, '')
})

test('-WhatIf says what every changing cmdlet would do, for each target, and changes nothing', async () => {
  const lines: [string, number][] = [
    ["Checkpoint-VM 'web*' -WhatIf", 2],
    ['Restore-VMCheckpoint Base web01 -WhatIf', 1],
    ['Remove-VMCheckpoint web01 -WhatIf', 2],
    ['Remove-VMCheckpoint web01 -IncludeAllChildSnapshots -WhatIf', 1],
    ['Rename-VMCheckpoint Base web01 Other -WhatIf', 1],
    ["Set-VM '*' -CheckpointType Standard -WhatIf", 3],
    ["Export-VMCheckpoint '*' -VMName web01 -Path out -WhatIf", 2],
    ['Import-VM out -Copy -WhatIf', 1],
    ['New-VM x -WhatIf', 1],
    ['Rename-VM web01 web03 -WhatIf', 1],
    ['Remove-VM web01,web02 -Force -WhatIf', 2],
    ['Start-VM web01 -WhatIf', 1],
    ['Stop-VM web02 -TurnOff -WhatIf', 1],
    ['Suspend-VM web02 -WhatIf', 1],
    ['Resume-VM web02 -WhatIf', 1],
    ['Restart-VM web02 -WhatIf', 1],
  ]
  const before = JSON.stringify([services.vms, services.checkpoints])
  for (const [line, count] of lines) {
    const { exitCode, output } = await cli(line)
    assert.equal(exitCode, 0, line)
    const said = output.match(/^What if: Performing the operation "[\w-]+" on target "[^"]+"\.$/gm)
    assert.equal(said?.length, count, `${line}: ${output}`)
  }
  assert.equal(JSON.stringify([services.vms, services.checkpoints]), before)
  assert.equal(services.tasks.list().length, 0)
  const { output } = await cli('Checkpoint-VM web01 -WhatIf')
  assert.equal(output, 'What if: Performing the operation "Checkpoint-VM" on target "web01".\n')
})

test('what discards something is refused where nobody can be asked, unless it was confirmed', async () => {
  for (const line of [
    'Restore-VMCheckpoint Base web01',
    'Remove-VMCheckpoint web01 Base',
    'Remove-VM web01',
    'Restart-VM web02',
    'Checkpoint-VM web01 -Confirm',
  ]) {
    const { exitCode, errors } = await cli(line)
    assert.equal(exitCode, 2, line)
    assert.match(errors, /add -Confirm:\$false/)
  }
  assert.equal(services.tasks.list().length, 0)
  assert.equal((await cli('Restore-VMCheckpoint -Name Base -VMName web01 -Confirm:$false')).exitCode, 0)
  assert.equal(services.vms.find(({ id }) => id === 'aaaa')?.nowParentId, 'c1')
  assert.equal((await cli('Remove-VMCheckpoint web01 -Name Base -Confirm:')).exitCode, 0)
  assert.equal((await cli('Remove-VM db01 -Force')).exitCode, 0)
  assert.deepEqual(names(await objects('Get-VM')), ['web01', 'web02'])
})

test('at a terminal one is asked for each target, and may answer for all of them', async () => {
  const cases: [string, string[]][] = [
    ['y\nn\n', ['Before patch']],
    ['\n\n', ['Base', 'Before patch']],
    ['l\n', ['Base', 'Before patch']],
    ['A\n', []],
  ]
  for (const [answers, left] of cases) {
    services.checkpoints.splice(0)
    for (const [id, name] of [
      ['c1', 'Base'],
      ['c2', 'Before patch'],
    ] as const) {
      services.checkpoints.push(checkpointView({ id, vmId: 'aaaa', name }))
    }
    const { system, exit } = start('Remove-VMCheckpoint web01', { isTerminal: true })
    const letters = answers.match(/.?\n/g) ?? []
    for (const [index, letter] of letters.entries()) {
      while (system.errors().split('(default is "N")').length < index + 2) await sleep(5)
      system.type(letter)
    }
    assert.equal(await exit, 0)
    assert.match(
      system.errors(),
      /Are you sure[^\n]*\nPerforming the operation "Remove-VMCheckpoint" on target "web01: Base"/,
    )
    assert.deepEqual(
      services.checkpoints.map(({ name }) => name),
      left,
      answers,
    )
  }
})

test('an error ends the work on one target only, unless it shall stop', async () => {
  const some = await cli('Checkpoint-VM web01,nope,db01 -SnapshotName x')
  assert.equal(some.exitCode, 4)
  assert.match(some.errors, /^error: There is no VM "nope"\.\n/)
  assert.equal(services.checkpoints.filter(({ name }) => name === 'x').length, 2)
  const stopped = await cli('Checkpoint-VM nope,web01 -SnapshotName y -ErrorAction Stop')
  assert.equal(stopped.exitCode, 4)
  assert.equal(services.checkpoints.filter(({ name }) => name === 'y').length, 0)
  const silent = await cli('Checkpoint-VM nope -ea SilentlyContinue')
  assert.deepEqual([silent.exitCode, silent.errors], [4, ''])
  const json = await cli('Checkpoint-VM nope,never --json')
  const problems = json.errors
    .trim()
    .split('\n')
    .map((line): Problem => JSON.parse(line))
  assert.deepEqual(
    problems.map(({ code }) => code),
    ['vm_not_found', 'vm_not_found'],
  )
})

test('a wrong line names its parameter, also as a problem document', async () => {
  const { exitCode, errors } = await cli('Set-VM web01 -CheckpointType Foo --json')
  assert.equal(exitCode, 2)
  const problem: Problem = JSON.parse(errors)
  assert.deepEqual([problem.code, problem.details.parameter], ['invalid_request', 'CheckpointType'])
  assert.match((await cli('Set-VM web01')).errors, /Nothing was named to change/)
  assert.match((await cli('Get-VMX')).errors, /'Get-VMX' is not recognized .* Did you mean Get-VM/)
  const many = await cli("Set-VM '*' -NewVMName x")
  assert.match(many.errors, /'NewVMName'.*3 VMs/)
})

test('-AsJob starts the work and prints a job, which the other cmdlets for jobs know', async () => {
  services.stepMs = 20
  const started = await cli('Checkpoint-VM web01,db01 -SnapshotName j -AsJob')
  const jobs = started.output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.deepEqual(
    jobs.map(({ State, VMName }) => `${State} ${VMName}`),
    ['Running web01', 'Running db01'],
  )
  const ended = await cli('Wait-Job', { input: started.output })
  assert.match(ended.output, /"State":"Completed".*\n.*"State":"Completed"/)
  assert.deepEqual(names(await objects('Receive-Job', ended.output)), ['j', 'j'])
  assert.equal((await objects('Get-Job -State Completed -Newest 1')).length, 1)
  const failing = await cli('Receive-Job nothing')
  assert.equal(failing.exitCode, 4)
  services.stepMs = 200
  const [slow] = await objects('Start-VM web01 -AsJob')
  assert.equal((await cli(`Stop-Job ${slow?.Id}`)).exitCode, 0)
  assert.match((await cli(`Wait-Job ${slow?.Id}`)).output, /"State":"Stopped"/)
})

test('the state of VMs is changed, and said where there is nothing to change', async () => {
  const [on] = await objects('Start-VM web01 -Passthru')
  assert.equal(on?.State, 'Running')
  assert.equal((await objects('Suspend-VM web01 -Passthru'))[0]?.State, 'Paused')
  assert.equal((await objects('Start-VM web01 -Passthru'))[0]?.State, 'Running')
  assert.equal((await objects('Stop-VM web01 -TurnOff -Passthru'))[0]?.State, 'Off')
  assert.match((await cli('Stop-VM web01')).errors, /^WARNING: VM "web01" is off already\.\n$/)
  assert.equal((await objects('Restart-VM web02 -Force -Passthru'))[0]?.State, 'Running')
})

test('names, hardware and settings are changed as the parameters say', async () => {
  const [changed] = await objects(
    'Set-VM web01 -ProcessorCount 4 -MemoryStartupBytes 2GB -AutomaticCheckpointsEnabled $true -SnapshotFileLocation sub -NewVMName web09 -Passthru',
  )
  assert.deepEqual(
    [changed?.Name, changed?.ProcessorCount, changed?.MemoryStartup, changed?.AutomaticCheckpointsEnabled],
    ['web09', 4, 2 * 1024 ** 3, true],
  )
  assert.equal(changed?.SnapshotFileLocation, '/folder/sub')
  const [back] = await objects("Set-VM web09 -CheckpointFileLocation '' -Passthru")
  assert.equal(back?.SnapshotFileLocation, '/vms/x')
  await cli("Rename-VMCheckpoint -VMName web09 -Name Base -NewName 'All updates'")
  assert.equal(services.checkpoints.find(({ id }) => id === 'c1')?.name, 'All updates')
  const [made] = await objects(
    'New-VM -Name new -MemoryStartupBytes 512MB -Generation 2 -NewVHDSizeBytes 1GB',
  )
  assert.deepEqual([made?.Name, made?.Generation], ['new', 2])
})

test('a risk is warned of, and confirmed with -AcceptRisk alone where it has to be', async () => {
  services.vms.splice(0, 1, vmView({ ...services.vms[0], id: 'aaaa', name: 'web01', tags: ['role:db'] }))
  const restore = 'Restore-VMCheckpoint Base web01 -Confirm:$false'
  assert.match((await cli(restore)).errors, /^WARNING: web01: database \([^\n]*role:db/)
  assert.equal((await cli('vm set web01 --guard database=confirm')).exitCode, 0)
  for (const line of ['Checkpoint-VM web01', restore]) {
    const refused = await cli(line)
    assert.equal(refused.exitCode, 2, line)
    assert.match(refused.errors, /-AcceptRisk\) goes on all the same/)
    assert.equal((await cli(`${line} -AcceptRisk`)).exitCode, 0, line)
  }
})

test('checkpoints are exported into folders of their own, and imported from there', async () => {
  const folders: string[] = []
  const { exportCheckpoint } = services
  services.exportCheckpoint = (vm, checkpoint, request) => {
    folders.push(request.folder)
    return exportCheckpoint(vm, checkpoint, request)
  }
  const all = await cli('Get-VMCheckpoint web01')
  assert.equal((await cli('Export-VMSnapshot -Path out', { input: all.output })).exitCode, 0)
  await cli("Export-VMCheckpoint 'before patch' -VMName web01 -Path /srv")
  assert.deepEqual(folders, [
    '/folder/out/web01/Base',
    '/folder/out/web01/Before patch',
    '/srv/web01/Before patch',
  ])
  const [imported] = await objects('Import-VM /srv/web01/Base -Copy -GenerateNewId -Name web03')
  assert.equal(imported?.Name, 'web03')
  assert.match((await cli('Import-VM /srv/web01')).errors, /missing mandatory parameters: Copy\./)
  assert.match((await cli('Export-VM web01 -Path /srv')).errors, /Export-VMCheckpoint/)
})

test('help shows the syntax of a cmdlet, its parameters and examples', async () => {
  const { output } = await cli('Get-Help checkpoint-vm')
  assert.match(output, /^NAME\n {4}Checkpoint-VM\n\nSYNOPSIS\n/)
  assert.match(output, /SYNTAX\n {4}Checkpoint-VM \[-Name\] <String\[\]> \[\[-SnapshotName\] <String>\]/)
  for (const line of ['Checkpoint-VM -?', 'Checkpoint-VM --help', 'Get-Help Checkpoint-VM']) {
    assert.equal((await cli(line)).output, output, line)
  }
  assert.match((await cli('Get-Help')).output, /Restore-VMCheckpoint +Puts a virtual machine back/)
  assert.match((await cli('Get-Help Set-VM -Full')).output, /-Notes: notes are kept with checkpoints/)
  const parameter = await cli('Get-Help Set-VM -Parameter CheckpointType')
  assert.match(parameter.output, /^-CheckpointType <CheckpointType>\n[\s\S]*Values +Disabled, Standard/)
  assert.match((await cli('Get-Help Get-VMSnapshot -Examples')).output, /Get-VMCheckpoint -VMName web01/)
  assert.match((await cli('Get-Command')).output, /"CommandType":"Alias","Name":"Get-VMSnapshot"/)
  assert.match((await cli('--help')).output, /Hyper-V's cmdlets work too/)
})

test('Ctrl-C cancels what is under way and ends the rest', async () => {
  services.stepMs = 50
  const { system, exit } = start('Checkpoint-VM web01,web02 -SnapshotName x')
  while (services.tasks.list().length === 0) await sleep(5)
  while (!system.interrupt()) await sleep(5)
  assert.equal(await exit, 11)
  assert.equal(services.tasks.list().length, 1)
})
