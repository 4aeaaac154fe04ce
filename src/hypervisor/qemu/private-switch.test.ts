import assert from 'node:assert/strict'
import { test } from 'node:test'
import { privateSwitchOf } from './private-switch.ts'

test('a home folder always has the same switch, another one has another', () => {
  const homes = Array.from({ length: 200 }, (_, index) => `/home/user${index}/.local/share/stillpoint`)
  const switches = homes.map(privateSwitchOf)
  assert.deepEqual(homes.map(privateSwitchOf), switches)
  assert.equal(new Set(switches).size, homes.length)
})

test('it is of the block for use within an organisation, with a port that needs no rights', () => {
  for (const home of ['/', '/a', '/b', '/c']) {
    const [, x, y, port] = /^239\.192\.(\d+)\.(\d+):(\d+)$/.exec(privateSwitchOf(home)) ?? []
    assert.ok(Number(x) <= 255 && Number(y) <= 255, privateSwitchOf(home))
    assert.ok(Number(port) >= 20_000 && Number(port) < 30_000, privateSwitchOf(home))
  }
})
