import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type Log, silentLog } from '../core/log.ts'
import { readOrMakeToken } from './token-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'stillpoint-token-'))
after(() => rmSync(folder, { recursive: true }))

test('a token is made once, for its owner only, and is never the same twice', async () => {
  const file = join(folder, 'token')
  const token = await readOrMakeToken(file, silentLog)
  assert.equal(Buffer.from(token, 'base64url').length, 32)
  assert.equal(readFileSync(file, 'utf8'), `${token}\n`)
  assert.equal(statSync(file).mode & 0o777, 0o600)
  assert.equal(await readOrMakeToken(file, silentLog), token)
  assert.notEqual(await readOrMakeToken(join(folder, 'other'), silentLog), token)
  assert.deepEqual(readdirSync(folder).toSorted(), ['other', 'token'])
})

test('a file without exactly one token is refused, and left as it is', async () => {
  const file = join(folder, 'wrong')
  for (const content of ['', ' \n', 'two tokens\n']) {
    writeFileSync(file, content)
    await assert.rejects(readOrMakeToken(file, silentLog), { code: 'invalid_request', message: /wrong/ })
    assert.equal(readFileSync(file, 'utf8'), content)
  }
  await assert.rejects(readOrMakeToken(folder, silentLog), { code: 'io_error' })
  await assert.rejects(readOrMakeToken(join(folder, 'none/token'), silentLog), { code: 'io_error' })
})

test('a token that others can read is told', async () => {
  const warnings: object[] = []
  const log: Log = { ...silentLog, warn: (fields) => warnings.push(fields) }
  const file = join(folder, 'open')
  writeFileSync(file, 'secret')
  chmodSync(file, 0o644)
  assert.equal(await readOrMakeToken(file, log), 'secret')
  assert.deepEqual(warnings, [{ file, mode: '644' }])
})
