import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pollUntil } from '../core/deadline.ts'
import { readReports } from './hooks.ts'
import { readHooksPackage } from './hooks-package.ts'

/** The package as a guest has it, with hooks of the test in place of ours. */
class InstalledPackage implements AsyncDisposable {
  readonly folder: string

  private constructor(folder: string) {
    this.folder = folder
  }

  static async install(hooks: Readonly<Record<string, string>>): Promise<InstalledPackage> {
    const installed = new InstalledPackage(await mkdtemp(join(tmpdir(), 'sp-hooks-')))
    for (const each of ['hooks.d', 'own', 'state']) await mkdir(join(installed.folder, each))
    for (const { path, mode, content } of (await readHooksPackage()).files) {
      if (path.startsWith('hooks.d/')) continue
      await writeFile(join(installed.folder, path), content, { mode: Number.parseInt(mode, 8) })
    }
    for (const [name, body] of Object.entries(hooks)) await installed.script(`hooks.d/${name}`, body)
    return installed
  }

  /** Its body sees what it is asked as $1. */
  async script(path: string, body: string, mode = 0o755): Promise<void> {
    const file = join(this.folder, path)
    await writeFile(file, `#!/bin/sh\n${body}\n`)
    await chmod(file, mode)
  }

  get environment(): NodeJS.ProcessEnv {
    return {
      PATH: `${this.folder}:${process.env.PATH}`,
      STILLPOINT_HOOKS_RUN: join(this.folder, 'run'),
      STILLPOINT_OWN_HOOKS: join(this.folder, 'own'),
      STILLPOINT_HOOKS_CONF: join(this.folder, 'hooks.conf'),
      NOTES: this.folder,
    }
  }

  run(...args: string[]): string {
    return execFileSync(join(this.folder, 'stillpoint-hooks'), args, {
      env: this.environment,
      encoding: 'utf8',
    })
  }

  /** Reports, as [name, outcome, detail], in the order of their names. */
  reports(...args: string[]): string[][] {
    return readReports(this.run(...args))
      .map(({ name, outcome, detail }) => [name, outcome, detail])
      .sort()
  }

  has(note: string): boolean {
    return existsSync(join(this.folder, note))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.run('release')
    await rm(this.folder, { recursive: true, force: true })
  }
}

/** Notes in a file whether it is held. */
const good = (title: string) => `case $1 in
  detect) echo '${title}' ;;
  prepare) : >"$NOTES/${title}"; echo 1.2 ;;
  release) rm -f "$NOTES/${title}" ;;
esac`

test('the package holds scripts that a shell can read, and has a version by its content', async () => {
  const { files, version } = await readHooksPackage()
  assert.match(version, /^[0-9a-f]{12}$/)
  assert.equal((await readHooksPackage()).version, version)
  assert.equal(files.at(-1)?.path, 'version')
  const scripts = files.filter(({ mode }) => mode === '755')
  assert.deepEqual(
    scripts.map(({ path }) => path),
    ['hooks.d/mariadb', 'hooks.d/postgresql', 'hooks.d/redis', 'stillpoint-hooks'],
  )
  for (const { path, content } of files.filter((each) => each.path !== 'version')) {
    const { status, stderr } = spawnSync('sh', ['-n'], { input: content, encoding: 'utf8' })
    assert.equal(status, 0, `${path}: ${stderr}`)
  }
})

test('applications that run are held from prepare to release', async () => {
  await using guest = await InstalledPackage.install({ a: good('Alpha'), b: good('Beta'), c: 'exit 1' })
  assert.deepEqual(guest.reports('prepare'), [
    ['Alpha', 'consistent', '1.2'],
    ['Beta', 'consistent', '1.2'],
  ])
  assert.ok(guest.has('Alpha') && guest.has('Beta'))
  assert.match(guest.run('status'), /"held":true/)
  assert.deepEqual(guest.reports('release'), [
    ['Alpha', 'consistent', ''],
    ['Beta', 'consistent', ''],
  ])
  assert.ok(!guest.has('Alpha') && !guest.has('Beta'))
  assert.deepEqual(guest.reports('release'), [], 'a second release finds nothing')
  const [state, ...hooks] = guest.run('status').trim().split('\n')
  assert.match(state ?? '', /^\{"version":"[0-9a-f]{12}","held":false\}$/)
  assert.deepEqual(hooks, [
    '{"hook":"a","origin":"stillpoint","running":"Alpha"}',
    '{"hook":"b","origin":"stillpoint","running":"Beta"}',
    '{"hook":"c","origin":"stillpoint","running":null}',
  ])
})

test('one that fails or never gets ready is released at once, and the others are held', async () => {
  const fails = 'case $1 in detect) echo Fails ;; prepare) echo "say \\"no\\"" >&2; exit 3 ;; esac'
  const hangs = `case $1 in
    detect) echo Hangs ;;
    prepare) trap "" TERM; while :; do sleep 0.1; done ;;
    release) : >"$NOTES/hang-released" ;;
  esac`
  await using guest = await InstalledPackage.install({ a: good('Alpha'), fails, hangs })
  assert.deepEqual(guest.reports('prepare', '--limit', '1'), [
    ['Alpha', 'consistent', '1.2'],
    ['Fails', 'failed', 'say "no"'],
    ['Hangs', 'failed', 'it was not ready within 1 s'],
  ])
  assert.ok(guest.has('hang-released') && guest.has('Alpha'))
  assert.deepEqual(guest.reports('release'), [['Alpha', 'consistent', '']])
})

test('nobody comes back: everything is released after its time, and is known not to have been held', async () => {
  await using guest = await InstalledPackage.install({ a: good('Alpha') })
  guest.run('prepare', '--limit', '1', '--hold', '1')
  await pollUntil(() => (guest.has('Alpha') ? undefined : true), {
    timeoutMs: 60_000,
    everyMs: 50,
    what: 'The release by the timer',
  })
  assert.deepEqual(guest.reports('release'), [
    ['Alpha', 'failed', 'it was released by its timer, before the guest was thawed'],
  ])
})

test('one that is called off while it prepares is not held', async () => {
  const slow = `case $1 in
    detect) echo Slow ;;
    prepare) : >"$NOTES/begun"; while [ ! -e "$NOTES/go-on" ]; do sleep 0.05; done; : >"$NOTES/slow-held" ;;
    release) rm -f "$NOTES/slow-held" ;;
  esac`
  await using guest = await InstalledPackage.install({ slow })
  const preparing = spawn(join(guest.folder, 'stillpoint-hooks'), ['prepare', '--limit', '50'], {
    env: guest.environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const output = preparing.stdout.toArray()
  await pollUntil(() => (guest.has('begun') ? true : undefined), {
    timeoutMs: 30_000,
    everyMs: 10,
    what: 'The hook',
  })
  guest.run('release')
  await writeFile(join(guest.folder, 'go-on'), '')
  const reports = readReports(Buffer.concat(await output).toString())
  assert.deepEqual(
    reports.map(({ outcome, detail }) => [outcome, detail]),
    [['failed', 'it was called off']],
  )
  assert.ok(!guest.has('slow-held'))
})

test('own hooks stand beside ours, replace one of the same name, or switch it off', async () => {
  await using guest = await InstalledPackage.install({ a: good('Alpha'), b: good('Beta') })
  await guest.script('own/a', good('Mine'))
  await guest.script('own/b', '', 0o644)
  await guest.script('own/c', good('More'))
  await guest.script('own/not a hook', good('Odd'))
  assert.deepEqual(guest.reports('prepare'), [
    ['Mine', 'consistent', '1.2'],
    ['More', 'consistent', '1.2'],
  ])
})

test('settings of the administrator reach the hooks, and can allow more time', async () => {
  const tells = 'case $1 in detect) echo Tells ;; prepare) echo "$STILLPOINT_LIMIT $COLOUR" ;; esac'
  await using guest = await InstalledPackage.install({ tells })
  await writeFile(join(guest.folder, 'hooks.conf'), 'LIMIT_SECONDS=600\nCOLOUR=blue\n')
  assert.deepEqual(guest.reports('prepare', '--limit', '5'), [['Tells', 'consistent', '60 blue']])
})

test('wrong usage is refused', async () => {
  await using guest = await InstalledPackage.install({})
  const program = join(guest.folder, 'stillpoint-hooks')
  for (const args of [
    [],
    ['freeze'],
    ['prepare', '--limit', 'x'],
    ['prepare', '--hold', '0'],
    ['prepare', '-x', '1'],
  ]) {
    assert.equal(spawnSync(program, args, { env: guest.environment }).status, 2, args.join(' '))
  }
})

/** A client that answers as a server of this version does, and writes down what it was told. */
const databaseClient = (version: string) => `while read -r line; do
  echo "$line" >>"$NOTES/sql"
  case $line in
    *'VERSION()'*) echo '${version}' ;;
    *"'held'"*) echo held ;;
  esac
done
echo ended >>"$NOTES/sql"`

test('the hook for MariaDB and MySQL holds the lock that the server has in one session', async () => {
  const source = join(import.meta.dirname, '../../guest-hooks/hooks.d/mariadb')
  for (const [version, lock] of [
    ['10.11.6-MariaDB-0+deb12u1', 'BACKUP STAGE BLOCK_COMMIT'],
    ['11.4.2-MariaDB', 'BACKUP STAGE BLOCK_COMMIT'],
    ['10.3.39-MariaDB', 'FLUSH TABLES WITH READ LOCK'],
    ['8.0.36', 'FLUSH TABLES WITH READ LOCK'],
  ] as const) {
    await using guest = await InstalledPackage.install({})
    const hook = join(guest.folder, 'hooks.d/mariadb')
    await copyFile(source, hook)
    await guest.script('mariadb', databaseClient(version))
    const call = (what: string) =>
      execFileSync(hook, [what], {
        env: {
          ...guest.environment,
          STILLPOINT_LIB: guest.folder,
          STILLPOINT_RUN: join(guest.folder, 'state'),
          STILLPOINT_LIMIT: '10',
          STILLPOINT_HOLD: '60',
        },
        encoding: 'utf8',
      })
    const sql = () => readFile(join(guest.folder, 'sql'), 'utf8')
    assert.equal(call('prepare'), `${version}\n`)
    assert.match(await sql(), RegExp(`lock_wait_timeout = 9;[^]*${lock}`))
    assert.doesNotMatch(await sql(), /ended/)
    call('release')
    assert.match(await sql(), /ended\n$/)
  }
})
