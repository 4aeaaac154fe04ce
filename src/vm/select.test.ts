import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isStillpointError } from '../core/error.ts'
import type { ErrorCode } from '../core/error-registry.ts'
import { type Selection, selectVms } from './select.ts'

const vms = [
  { id: '0000000000a1', name: 'db01', tags: ['prod', 'role:database'] },
  { id: '0000000000a2', name: 'db02', tags: ['test'] },
  { id: '0000000000a3', name: 'Web01', tags: ['prod'] },
  { id: '0000000000a4', name: 'web*', tags: [] },
]
const names = (selection: Selection) => selectVms(vms, selection).map(({ name }) => name)
const refused = (selection: Selection, code: ErrorCode, part: string) =>
  assert.throws(
    () => selectVms(vms, selection),
    (error) => isStillpointError(error, code) && error.message.includes(part),
  )

test('VMs are found by name, pattern and id, each once and in their own order', () => {
  assert.deepEqual(names({ names: ['WEB01', 'db*', 'db01', '0000000000a2'] }), ['db01', 'db02', 'Web01'])
  assert.deepEqual(names({ all: true }), ['db01', 'db02', 'Web01', 'web*'])
})

test('a name that looks like a pattern is found by its name', () => {
  assert.deepEqual(names({ names: ['web*'] }), ['web*'])
  assert.deepEqual(names({ names: ['we[b]*'] }), ['Web01', 'web*'])
})

test('tags select those that have one of them, and narrow what names select', () => {
  assert.deepEqual(names({ tags: ['PROD'] }), ['db01', 'Web01'])
  assert.deepEqual(names({ tags: ['role:database', 'test'] }), ['db01', 'db02'])
  assert.deepEqual(names({ names: ['db*'], tags: ['prod'] }), ['db01'])
})

test('what means no VM is named, and nothing is selected', () => {
  refused({ names: ['db01', 'x*'] }, 'vm_not_found', 'matches "x*"')
  refused({ names: ['db01', 'db03'] }, 'vm_not_found', '"db03"')
  refused({ names: ['a', 'b'] }, 'vm_not_found', '"a", "b"')
  refused({ tags: ['prod', 'gone'] }, 'vm_not_found', 'tag "gone"')
  refused({ names: ['web*'], tags: ['prod'] }, 'vm_not_found', 'tag "prod"')
})

test('nothing, and all together with some, is refused', () => {
  refused({}, 'invalid_request', 'No VM')
  refused({ all: false, names: [] }, 'invalid_request', 'No VM')
  refused({ all: true, names: ['db01'] }, 'invalid_request', 'one or the other')
})

test('all of no VMs is none', () => assert.deepEqual(selectVms([], { all: true }), []))
