import assert from 'node:assert/strict'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { folderName } from './folder-name.ts'

test('a name stays as it is but for what would lead to another folder', () => {
  assert.equal(folderName('web01 - (11/20/2026 - 8:17:35 AM)'), 'web01 - (11_20_2026 - 8:17:35 AM)')
  assert.equal(folderName('..'), '__')
  assert.equal(folderName('.hidden'), '.hidden')
})

test('property: it is one folder, directly in the one that it is put into', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (name) => {
      assert.equal(join('/x', folderName(name)), `/x/${basename(folderName(name))}`)
    }),
  )
})
