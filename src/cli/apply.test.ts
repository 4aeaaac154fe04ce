import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { VmView } from '../contract/vm.ts'
import { lossOfSeveral } from './apply.ts'

// Only these two fields are read.
const vm = (name: string, undoHours: number) => ({ name, settings: { undoHours } }) as VmView

test('what an apply of a group costs depends on what its VMs keep', () => {
  const lost = 'lost unless checkpoints hold it.'
  assert.equal(lossOfSeveral([vm('a', 0), vm('b', 0)]), `Their current state is ${lost}`)
  assert.equal(
    lossOfSeveral([vm('a', 24), vm('b', 1)]),
    'Their current state can be brought back for one hour, of each VM by itself.',
  )
  assert.equal(
    lossOfSeveral([vm('a', 24), vm('b', 0)]),
    `Their current state can be brought back for 24 hours, of each VM by itself; that of b is ${lost}`,
  )
})
