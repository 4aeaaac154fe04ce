import assert from 'node:assert/strict'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { homeFolder } from './home.ts'

test('the home folder follows STILLPOINT_HOME, then root, then the XDG data folder', () => {
  const xdg = { XDG_DATA_HOME: '/data' }
  assert.equal(homeFolder({ STILLPOINT_HOME: '/srv/sp', ...xdg }, 0), '/srv/sp')
  assert.equal(homeFolder({ STILLPOINT_HOME: 'here' }, 1000), join(process.cwd(), 'here'))
  assert.equal(homeFolder(xdg, 0), '/var/lib/stillpoint')
  assert.equal(homeFolder(xdg, 1000), '/data/stillpoint')
  for (const environment of [{}, { XDG_DATA_HOME: '' }, { XDG_DATA_HOME: 'relative' }]) {
    assert.equal(homeFolder(environment, 1000), join(homedir(), '.local/share/stillpoint'))
  }
})
