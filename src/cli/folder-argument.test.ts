import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Context } from './context.ts'
import { folderArgument } from './folder-argument.ts'

// Of a context, only the present folder is looked at.
const context = { system: { folder: '/here' } } as Context

test('a folder is taken from the present one; a blank one is refused', () => {
  assert.equal(folderArgument(context, 'x'), '/here/x')
  assert.equal(folderArgument(context, '.'), '/here')
  assert.equal(folderArgument(context, '/y'), '/y')
  for (const blank of ['', ' '])
    assert.throws(() => folderArgument(context, blank), { code: 'invalid_request', message: /blank/ })
})
