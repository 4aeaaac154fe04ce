import assert from 'node:assert/strict'
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { errorRegistry } from '../../src/core/error-registry.ts'
import { assertRefused, cli, cliDocument, type Refusal } from '../fixtures/cli.ts'
import { TestDaemon } from '../fixtures/daemon.ts'
import { Witness } from '../fixtures/witness.ts'

const daemonProgram = fileURLToPath(new URL('../../bin/stillpointd', import.meta.url))
const long = 'x'.repeat(101)

/** Bad input at the command line: a clear error with the exit code of the registry, and nothing changes. */
describe('The command line refuses', () => {
  let daemon: TestDaemon
  let witness: Witness
  let folder: string

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sp-refusals-'))
    daemon = await TestDaemon.start()
    const task = await cliDocument(daemon.home, [
      'vm',
      'create',
      'web',
      '--memory',
      '64',
      '--disk-size',
      '1M',
    ])
    await cliDocument(daemon.home, ['checkpoint', 'create', 'web', '--name', 'first'])
    await cliDocument(daemon.home, ['checkpoint', 'create', 'web', '--name', 'second'])
    witness = await Witness.of(
      { daemon, name: 'web', id: String((task.result as { id: string }).id) }, // a VmView
      folder,
    )
  })
  after(async () => {
    await daemon[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  const refused = (args: readonly string[], refusal: Refusal) => assertRefused(daemon.home, args, refusal)
  const unchanged = () => witness.assertUnchanged('the VM is as before')

  for (const args of [
    ['vm', 'show', 'wbe'],
    ['vm', 'start', 'wbe'],
    ['vm', 'remove', 'wbe', '--yes'],
    ['checkpoint', 'create', 'wbe'],
    ['checkpoint', 'delete', 'wbe', 'first', '--yes'],
  ]) {
    it(`a VM that there is none of: ${args.join(' ')}`, async () => {
      await refused(args, { code: 'vm_not_found', names: ['"wbe"', '"web"'] })
      await unchanged()
    })
  }

  for (const args of [
    ['checkpoint', 'show', 'web', 'third'],
    ['checkpoint', 'apply', 'web', 'third', '--yes'],
    ['checkpoint', 'delete', 'web', 'third', '--yes'],
    ['checkpoint', 'rename', 'web', 'third', 'fourth'],
  ]) {
    it(`a checkpoint that there is none of: ${args.join(' ')}`, async () => {
      await refused(args, { code: 'checkpoint_not_found', names: ['"web"', '"third"', '"second"'] })
      await unchanged()
    })
  }

  it('a task that there is none of', async () => {
    await refused(['task', 'cancel', '0123456789ab'], { code: 'task_not_found', names: ['0123456789ab'] })
  })

  it('the name of another VM, whatever its case', async () => {
    await cliDocument(daemon.home, ['vm', 'create', 'other', '--memory', '64'])
    await refused(['vm', 'create', 'WEB', '--memory', '64'], { code: 'name_taken', names: ['"web"'] })
    await refused(['vm', 'set', 'other', '--name', 'Web'], { code: 'name_taken', names: ['"web"'] })
    const { exitCode } = await cli(daemon.home, ['vm', 'remove', 'other', '--yes'])
    assert.equal(exitCode, 0)
    await unchanged()
  })

  it('the name of another checkpoint of the VM, whatever its case', async () => {
    const names = ['"web"', '"first"']
    await refused(['checkpoint', 'create', 'web', '--name', 'First'], { code: 'name_taken', names })
    await refused(['checkpoint', 'rename', 'web', 'second', 'FIRST'], { code: 'name_taken', names })
    await unchanged()
  })

  for (const { what, name, names } of [
    { what: 'is blank', name: ' \t ', names: ['blank'] },
    { what: 'has more than 100 characters', name: long, names: ['100', '101'] },
    { what: 'holds a line break', name: 'a\nb', names: ['control characters'] },
    { what: 'could steer a terminal', name: 'a\u001b[2Jb', names: ['control characters'] },
  ]) {
    it(`a name that ${what}`, async () => {
      await refused(['checkpoint', 'create', 'web', '--name', name], { code: 'invalid_name', names })
      const { client } = daemon
      await assert.rejects(daemon.done(client.createVm({ name })), { code: 'invalid_name' })
      await assert.rejects(client.updateVm('web', { name }), { code: 'invalid_name' })
      await assert.rejects(client.updateCheckpoint('web', 'first', { name }), { code: 'invalid_name' })
      await unchanged()
    })
  }

  for (const [args, ...names] of [
    [['checkpoint', 'apply', 'web', 'first'], '"first"', '--yes'],
    [['checkpoint', 'apply', 'web', 'first', '--checkpoint-first'], '"first"', '--yes'],
    [['checkpoint', 'revert', 'web'], '"second"', '--yes'],
    [['checkpoint', 'delete', 'web', 'first'], '"first"', '--yes'],
    [['checkpoint', 'delete', 'web', 'first', '--subtree'], '"first"', 'the one below', '--yes'],
    [['vm', 'remove', 'web'], '"web"', '2 checkpoints', '--yes'],
    [['inventory', 'rebuild'], 'inventory', '--yes'],
  ] as const) {
    it(`to do this unconfirmed where nobody can be asked: ${args.join(' ')}`, async () => {
      await refused(args, { code: 'confirmation_required', names })
      await unchanged()
    })
  }

  it('to apply or remove without confirmation through the API as well', async () => {
    const { client } = daemon
    await assert.rejects(client.applyCheckpoint('web', 'first', {}), { code: 'confirmation_required' })
    await assert.rejects(client.revertVm('web', {}), { code: 'confirmation_required' })
    await assert.rejects(client.removeVm('web', { confirm: false }), { code: 'confirmation_required' })
    await unchanged()
  })

  for (const [args, ...names] of [
    [['vm', 'list', '--bogus'], '--bogus'],
    [['vm', 'frobnicate', 'web'], 'frobnicate'],
    [['checkpoint', 'create', 'web', '--kind', 'standard'], '--kind'],
    [['checkpoint', 'create'], 'vm'],
    [['checkpoint', 'delete', 'web', 'first', 'second', '--yes'], 'too many arguments'],
    [['vm', 'set', 'web', '--policy', 'Sometimes'], '--policy', 'Sometimes', 'ProductionOnly'],
    [['vm', 'set', 'web', '--sync-clock', 'maybe'], '--sync-clock', 'maybe'],
    [['vm', 'set', 'web', '--freeze-budget', '99999'], 'freezeBudgetMs', '10000'],
    [['vm', 'set', 'web', '--cpus', '0'], 'cpus'],
    [['vm', 'set', 'web'], 'vm set'],
    [['vm', 'create', 'n', '--memory', 'much'], '--memory', '"much"'],
    [['vm', 'create', 'n', '--memory', '1.3M'], '--memory', '1.3M', 'MiB'],
    [['vm', 'create', 'n', '--memory', '0'], '--memory', '"0"'],
    [['vm', 'create', 'n', '--memory', '8M'], 'memoryMiB', '16'],
    [['vm', 'create', 'n', '--disk-size', '-1G'], '--disk-size', '-1G'],
    [['vm', 'create', 'n', '--disk-size', '12X'], '--disk-size', '"12X"'],
    [['vm', 'create', 'n', '--disk-size', '100'], 'sizeBytes', '512'],
    [['vm', 'create', 'n', '--disk-size', '9999999999T'], '--disk-size', '9999999999T'],
    [['vm', 'create', 'n', '--append', 'quiet'], '--kernel'],
    [['vm', 'create', 'n', '--kernel', '/nowhere/vmlinuz'], '"/nowhere/vmlinuz"'],
    [['task', 'list', '--limit', 'few'], '--limit', 'few'],
    [['task', 'list', '--limit', '0'], 'limit'],
  ] as const) {
    it(`what it does not understand: ${args.join(' ')}`, async () => {
      await refused(args, { code: 'invalid_request', names })
      await unchanged()
    })
  }

  it('to go back when Now hangs under no checkpoint', async () => {
    await cliDocument(daemon.home, ['vm', 'create', 'bare', '--memory', '64'])
    await refused(['checkpoint', 'revert', 'bare', '--yes'], {
      code: 'checkpoint_not_found',
      names: ['"bare"'],
    })
    await cliDocument(daemon.home, ['vm', 'remove', 'bare', '--yes'])
  })

  for (const [verb, name] of [
    ['stop', 'off'],
    ['pause', 'off'],
    ['resume', 'off'],
  ] as const) {
    it(`to ${verb} a VM that is off`, async () => {
      await refused(['vm', verb, 'web'], { code: 'vm_state', names: ['"web"', name] })
      await unchanged()
    })
  }

  it('a second daemon for the home folder, which leaves the first one at work', async () => {
    const { exitCode, stderr } = await execa(daemonProgram, ['--home', daemon.home], { reject: false })
    assert.equal(exitCode, errorRegistry.daemon_running.exitCode)
    assert.match(stderr, /Another daemon already serves/)
    assert.ok(stderr.includes(daemon.home))
    assert.equal((await daemon.client.health()).pid, daemon.pid)
    await unchanged()
  })
})

describe('A daemon on TCP', () => {
  let daemon: TestDaemon
  let folder: string
  let url: string
  const tokenFile = (name: string) => join(folder, name)

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sp-token-'))
    await writeFile(tokenFile('right'), 'right-token\n', { mode: 0o600 })
    await writeFile(tokenFile('wrong'), 'wrong-token\n', { mode: 0o600 })
    daemon = await TestDaemon.start({}, tmpdir(), [
      '--listen',
      '127.0.0.1:0',
      '--token-file',
      tokenFile('right'),
    ])
    url = /"url":"(http[^"]+)"/.exec(daemon.log())?.[1] ?? ''
    await cliDocument(daemon.home, ['vm', 'create', 'web', '--memory', '64'])
  })
  after(async () => {
    await daemon[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  it('serves whoever has its token', async () => {
    const right = await cli('/nowhere', [
      '--host',
      url,
      '--token-file',
      tokenFile('right'),
      'vm',
      'show',
      'web',
    ])
    assert.equal(right.exitCode, 0, right.stderr)
    assert.match(right.stdout, /web/)
  })

  it('refuses a wrong token, and none, and does nothing', async () => {
    const remove = ['--host', url, 'vm', 'remove', 'web', '--yes']
    const wrong = ['--token-file', tokenFile('wrong')]
    await assertRefused('/nowhere', [...wrong, ...remove], {
      code: 'unauthorized',
      names: ['token', 'wrong'],
    })
    await assertRefused('/nowhere', remove, { code: 'unauthorized', names: ['no token'] })
    assert.equal((await daemon.client.listVms()).length, 1)
  })

  it('never says the token that it wants', async () => {
    const { stderr } = await cli('/nowhere', ['--json', '--host', url, 'vm', 'list'])
    assert.ok(!stderr.includes('right-token'))
    assert.ok(!daemon.log().includes('right-token'))
  })

  it('does not start where its address is taken', async () => {
    const address = new URL(url).host
    const error = await TestDaemon.start({}, tmpdir(), ['--listen', address]).then(
      (started) => started[Symbol.asyncDispose](),
      (reason: Error) => reason,
    )
    assert.match(error?.message ?? '', /another program listens there already.*--listen/)
  })

  it('is told by the console command where to log in', async () => {
    const { loginUrl } = await cliDocument(daemon.home, ['console'])
    assert.equal(loginUrl, `${url}/login#token=right-token`)
    const remote = await cli('/nowhere', ['--host', url, '--token-file', tokenFile('right'), 'console'])
    assert.deepEqual([remote.stdout, remote.exitCode], [String(loginUrl), 0])
  })

  it('is told to whoever asks for a console that there is none', async () => {
    await using silent = await TestDaemon.start({})
    await assertRefused(silent.home, ['console'], {
      code: 'console_unavailable',
      names: [silent.home, 'STILLPOINT_LISTEN'],
    })
    await assert.rejects(access(join(silent.home, 'token')), { code: 'ENOENT' })
  })

  it('goes on without a console when nobody asked for one and its token cannot be read', async () => {
    await using own = await TestDaemon.start()
    await own.stop()
    await writeFile(join(own.home, 'token'), '\n', { mode: 0o600 })
    await own.start({ STILLPOINT_LISTEN: '' })
    assert.equal((await own.client.health()).console, null)
    assert.match(own.log(), /No console is served\. The file .* has to hold one token/)
    await own.stop()
    await assert.rejects(own.start({ STILLPOINT_LISTEN: '127.0.0.1:0' }), /has to hold one token/)
  })

  it('makes a token of its own when none is named', async () => {
    await using own = await TestDaemon.start({ STILLPOINT_LISTEN: '127.0.0.1:0' })
    const { loginUrl } = await cliDocument(own.home, ['console'])
    const token = (await readFile(join(own.home, 'token'), 'utf8')).trim()
    assert.ok(String(loginUrl).endsWith(`#token=${token}`))
    assert.ok(!own.log().includes(token))
  })
})
