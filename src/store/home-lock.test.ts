import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { lockHome } from './home-lock.ts'

const folder = mkdtempSync(join(tmpdir(), 'stillpoint-lock-'))
after(() => rmSync(folder, { recursive: true }))

test('a home has one daemon at a time, also within one process', () => {
  const lock = lockHome(folder)
  assert.throws(() => lockHome(folder), { code: 'daemon_running' })
  lock.release()
  lockHome(folder).release()
})

test('the lock of a process that was killed is gone', async () => {
  const module = new URL('home-lock.ts', import.meta.url).href
  const script = `const { lockHome } = await import(${JSON.stringify(module)})
    lockHome(${JSON.stringify(folder)})
    process.stdout.write('locked')
    setInterval(() => {}, 1000)`
  const holder = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(holder.stdout, 'data')
  assert.throws(() => lockHome(folder), { code: 'daemon_running' })
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  lockHome(folder).release()
})

test('a folder that does not exist is an I/O error', () => {
  assert.throws(() => lockHome(join(folder, 'none')), { code: 'io_error' })
})
