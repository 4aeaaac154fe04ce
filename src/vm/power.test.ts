import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type PowerState, refusalOf, type VmAction, vmActions } from './power.ts'

const states: readonly PowerState[] = ['off', 'running', 'paused', 'stuck']

/** Which states allow an action, in the order off, running, paused, stuck. */
const allowed: Readonly<Record<VmAction, readonly [boolean, boolean, boolean, boolean]>> = {
  start: [true, false, false, false],
  stop: [false, true, true, true],
  pause: [false, true, false, false],
  resume: [false, false, true, true],
  'change-hardware': [true, false, false, false],
  'grow-disk': [true, true, true, false],
  remove: [true, false, false, false],
  checkpoint: [true, true, true, false],
  apply: [true, true, true, true],
  'delete-checkpoint': [true, true, true, true],
}

for (const action of vmActions) {
  test(`the action "${action}" is possible in exactly the states that the table names`, () => {
    assert.deepEqual(
      states.map((state) => refusalOf(action, state) === null),
      allowed[action],
    )
  })
}

test('every refusal gives a reason that names the state', () => {
  for (const action of vmActions) {
    for (const state of states) {
      const reason = refusalOf(action, state)
      if (reason !== null) assert.match(reason, /^the (VM is|guest has stopped)/)
    }
  }
})
