import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isStillpointError } from '../core/error.ts'
import { tagsAfter } from './tags.ts'

const vm = { name: 'web01', tags: ['prod', 'role:database'] }
const after = (change: { tags?: string[]; addTags?: string[]; removeTags?: string[] }) =>
  tagsAfter(vm, { addTags: [], removeTags: [], ...change })

test('tags are added, removed and replaced, each once without regard to case', () => {
  assert.deepEqual(after({}), vm.tags)
  assert.deepEqual(after({ addTags: ['new', 'PROD'] }), ['prod', 'role:database', 'new'])
  assert.deepEqual(after({ removeTags: ['Prod', 'absent'] }), ['role:database'])
  assert.deepEqual(after({ tags: [] }), [])
  assert.deepEqual(after({ tags: ['a', 'A', 'b'], addTags: ['c'], removeTags: ['b'] }), ['a', 'c'])
})

test('more tags than a VM can have are refused with its name', () => {
  const addTags = Array.from({ length: 63 }, (_, index) => `tag${index}`)
  assert.throws(
    () => after({ addTags }),
    (error) => isStillpointError(error, 'invalid_request') && error.message.includes('"web01"'),
  )
})
