import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createFakeServices } from '../../test/fixtures/fake-services.ts'
import { vmView } from '../../test/fixtures/views.ts'
import { socketOf } from '../client/home.ts'
import { createHttpServer } from '../server/http/server.ts'

const home = mkdtempSync(join(tmpdir(), 'stillpoint-main-'))
const launcher = fileURLToPath(new URL('../../bin/stillpoint', import.meta.url))
const link = join(home, 'link')
const services = createFakeServices()
const server = createHttpServer({ services })

before(async () => {
  symlinkSync(launcher, join(home, 'first'))
  symlinkSync('first', link)
  for (let number = 0; number < 200; number++)
    services.vms.push(vmView({ id: `${number}`, name: `vm${number}` }))
  await server.listen({ socketPath: socketOf(home) })
})

after(async () => {
  await server.close()
  rmSync(home, { recursive: true })
})

function start(...args: string[]) {
  const environment = { ...process.env, STILLPOINT_HOME: home, XDG_CACHE_HOME: join(home, 'cache') }
  return spawn(link, args, { env: environment, cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] })
}

test('the launcher works through links, and the exit code is that of the error', async () => {
  const child = start('vm', 'show', 'none', '--json')
  const errors = child.stderr.setEncoding('utf8').toArray()
  const [exitCode] = await once(child, 'close')
  assert.equal(exitCode, 4)
  assert.equal(JSON.parse((await errors).join('')).code, 'vm_not_found')
})

test('a reader that has seen enough is no error', async () => {
  const child = start('vm', 'list', '--json')
  child.stdout.destroy()
  const errors = child.stderr.setEncoding('utf8').toArray()
  const [exitCode] = await once(child, 'close')
  assert.deepEqual([exitCode, (await errors).join('')], [0, ''])
})
