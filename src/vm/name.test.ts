import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isStillpointError } from '../core/error.ts'
import { checkedName, defaultCheckpointName, nameKey, sameName } from './name.ts'

const refused = (text: string) =>
  assert.throws(
    () => checkedName('VM', text),
    (error) => isStillpointError(error, 'invalid_name'),
    JSON.stringify(text),
  )

test('a name of 1 to 100 characters is taken, without the blanks around it', () => {
  assert.equal(checkedName('VM', '  web 01\t'), 'web 01')
  assert.equal(checkedName('VM', 'x'), 'x')
  assert.equal(checkedName('checkpoint', '🙂'.repeat(100)), '🙂'.repeat(100))
  assert.equal(checkedName('VM', 'Größe, "quoted" & <b>'), 'Größe, "quoted" & <b>')
})

test('a blank name is refused', () => {
  for (const text of ['', ' ', '\t\n', '\u00a0', '\u3000']) refused(text)
})

test('a name of more than 100 characters is refused, whatever a character takes to store', () => {
  refused('x'.repeat(101))
  refused('🙂'.repeat(101))
})

test('a name with a control character or a line break in it is refused', () => {
  for (const character of ['\n', '\r', '\0', '\x1b', '\x7f', '\u0085', '\u2028', '\u2029']) {
    refused(`a${character}b`)
  }
})

test('a name that was taken is taken again, unchanged', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 110 }), (text) => {
      let name: string
      try {
        name = checkedName('checkpoint', text)
      } catch (error) {
        assert.ok(isStillpointError(error, 'invalid_name'))
        return
      }
      assert.equal(checkedName('checkpoint', name), name)
      assert.ok([...name].length >= 1 && [...name].length <= 100)
    }),
  )
})

test('names are equal without regard to case and to how an accent is stored', () => {
  assert.ok(sameName('Web01', 'wEB01'))
  assert.ok(sameName('GRÖSSE', 'grösse'))
  assert.ok(sameName('Gro\u0308ße', 'gr\u00f6ße'))
  assert.ok(!sameName('web01', 'web02'))
  assert.ok(!sameName('I', '\u0131'), 'a Turkish dotless i is another letter')
})

test('the key of a name is the key of that key', () => {
  const printable = fc.string({ unit: 'grapheme', maxLength: 20 })
  fc.assert(fc.property(printable, (name) => assert.equal(nameKey(nameKey(name)), nameKey(name))))
})

test('the default name is the one of Hyper-V', () => {
  const at = new Date(2026, 10, 20, 8, 17, 35)
  assert.equal(defaultCheckpointName('web01', at), 'web01 - (11/20/2026 - 8:17:35 AM)')
  assert.equal(
    defaultCheckpointName('web01', new Date(2027, 0, 2, 0, 5, 9)),
    'web01 - (1/2/2027 - 12:05:09 AM)',
  )
})

test('the default name is a name whatever the VM is called', () => {
  const vmName = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 100 })
  fc.assert(
    fc.property(vmName, fc.date({ noInvalidDate: true, min: new Date(0) }), (text, at) => {
      fc.pre(text.trim() === text && [...text].length <= 100 && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text))
      const name = defaultCheckpointName(text, at)
      assert.equal(checkedName('checkpoint', name), name)
      assert.match(name, / - \(\d+\/\d+\/\d+ - \d+:\d\d:\d\d [AP]M\)$/)
    }),
  )
})
