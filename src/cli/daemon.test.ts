import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createFakeSystem } from '../../test/fixtures/fake-system.ts'
import { runCli } from './run.ts'

const folder = mkdtempSync(join(tmpdir(), 'stillpoint-start-'))
const fakeDaemon = fileURLToPath(new URL('../../test/fixtures/fake-daemon.ts', import.meta.url))
after(() => rmSync(folder, { recursive: true }))

function program(name: string, script: string): string {
  const file = join(folder, name)
  writeFileSync(file, `#!/bin/sh\n${script}\n`)
  chmodSync(file, 0o755)
  return file
}

async function cli(args: string[], home: string, daemonProgram: string) {
  const system = createFakeSystem({ environment: { STILLPOINT_HOME: home }, daemonProgram })
  const stopping = { ...system, signalProcess: process.kill.bind(process) }
  return { exitCode: await runCli(args, stopping), output: system.output(), errors: system.errors() }
}

test('a daemon is started when none answers, found by the next command, and stopped on demand', async () => {
  const home = join(folder, 'home')
  const daemonProgram = program('good', `exec '${process.execPath}' '${fakeDaemon}' "$@"`)
  const both = await Promise.all([
    cli(['vm', 'list'], home, daemonProgram),
    cli(['daemon', 'status', '--json'], join(folder, 'other'), daemonProgram),
  ])
  assert.deepEqual([both[0].exitCode, both[1].exitCode], [0, 3])
  assert.match(both[0].errors, /Starting the daemon/)
  assert.equal(statSync(home).mode & 0o777, 0o700)
  assert.equal(statSync(join(home, 'stillpointd.log')).mode & 0o777, 0o600)

  assert.equal((await cli(['vm', 'list'], home, '/bin/false')).errors, '')
  assert.equal((await cli(['daemon', 'stop'], home, '/bin/false')).exitCode, 0)
  const gone = await cli(['daemon', 'status'], home, '/bin/false')
  assert.equal(gone.exitCode, 3)
  assert.match(gone.errors, /No daemon answers/)
})

test('a daemon that dies at once is reported with the end of its log', async () => {
  const home = join(folder, 'dying')
  const daemonProgram = program('bad', 'echo "QEMU is missing." >&2; exit 9')
  for (let attempt = 0; attempt < 2; attempt++) {
    const { exitCode, errors } = await cli(['vm', 'list'], home, daemonProgram)
    assert.equal(exitCode, 3)
    assert.match(errors, /ended with exit code 9\. It said:\nQEMU is missing\.\n/)
    assert.equal(errors.match(/QEMU is missing/g)?.length, 1)
  }
})

test('a daemon that cannot be started at all is reported', async () => {
  const { exitCode, errors } = await cli(
    ['vm', 'list'],
    join(folder, 'none'),
    join(folder, 'no-such-program'),
  )
  assert.equal(exitCode, 3)
  assert.match(errors, /ENOENT/)
})
