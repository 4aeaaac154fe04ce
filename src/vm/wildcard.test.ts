import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { hasWildcards, nameMatcher } from './wildcard.ts'

const cases: readonly [pattern: string, matching: readonly string[], others: readonly string[]][] = [
  ['web*', ['web', 'web01', 'WEB-Front'], ['aweb', 'we']],
  ['*web', ['web', 'old web'], ['web1']],
  ['*a*b*', ['ab', 'xaxbx'], ['ba', 'a']],
  ['web0?', ['web01', 'web0ö', 'web0😀'], ['web0', 'web012']],
  ['db0[1-3]', ['db01', 'DB03'], ['db04', 'db0-', 'db0[1-3]']],
  ['db[!0-9]', ['dbx', 'db!'], ['db1', 'db']],
  ['[a-c]*', ['Alpha', 'c'], ['delta', '']],
  ['[]x]', [']', 'X'], ['a']],
  ['x[-a]', ['x-', 'xa'], ['xb']],
  ['[prod', ['[prod'], ['p', '[prod]']],
  ['[[]prod] *', ['[prod] web'], ['p web']],
  ['a.b+', ['A.B+'], ['aab', 'a.bb']],
  ['', [''], ['a']],
  ['***', ['', 'anything'], []],
]

for (const [pattern, matching, others] of cases) {
  test(`"${pattern}" matches what it says and nothing else`, () => {
    const matches = nameMatcher(pattern)
    for (const name of matching) assert.ok(matches(name), `"${name}" should match`)
    for (const name of others) assert.ok(!matches(name), `"${name}" should not match`)
  })
}

test('only what holds a wildcard is a pattern', () => {
  for (const text of ['a*', '?', 'x[1-2]', '[!a]']) assert.ok(hasWildcards(text), text)
  for (const text of ['web01', '[prod', 'a]', '', '[]']) assert.ok(!hasWildcards(text), text)
})

test('a name is matched by each pattern that replaces parts of it', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 20 }), fc.array(fc.constantFrom('*', '?', '')), (text, with_) => {
      const characters = [...text.normalize('NFC').replaceAll(/[[\]*?]/g, 'x')]
      const pattern = characters.map((character, index) => with_[index] || character).join('')
      assert.ok(nameMatcher(pattern)(characters.join('')))
    }),
  )
})

test('a pattern of many stars takes no longer than its length times that of the name', () => {
  assert.ok(!nameMatcher(`${'*a'.repeat(2000)}*b`)('a'.repeat(5000)))
})
