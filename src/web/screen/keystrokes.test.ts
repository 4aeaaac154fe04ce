import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keys, keystrokesOf } from './keystrokes.ts'

test('every character of a US keyboard is typed by the key that has it', () => {
  const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join('')
  const { strokes, untypable } = keystrokesOf(printable)
  assert.deepEqual(untypable, [])
  assert.equal(String.fromCharCode(...strokes.map(({ keysym }) => keysym)), printable)
  const placesOf = new Map<string, number>()
  for (const { code } of strokes) placesOf.set(code, (placesOf.get(code) ?? 0) + 1)
  assert.deepEqual(
    [...placesOf].filter(([code, count]) => count !== (code === 'Space' ? 1 : 2)),
    [],
  )
  const [lower, upper, digit, sign] = keystrokesOf('aA5%').strokes
  assert.deepEqual(
    [lower?.code, lower?.isShifted, upper?.code, upper?.isShifted],
    ['KeyA', false, 'KeyA', true],
  )
  assert.deepEqual(
    [digit?.code, digit?.isShifted, sign?.code, sign?.isShifted],
    ['Digit5', false, 'Digit5', true],
  )
})

test('a line ends with Enter, however it was written; what is on no key is told and left out', () => {
  assert.deepEqual(
    keystrokesOf('\r\n\n\r').strokes.map(({ keysym }) => keysym),
    [keys.enter.keysym, keys.enter.keysym, keys.enter.keysym],
  )
  const { strokes, untypable } = keystrokesOf('né€€𝄞')
  assert.deepEqual(untypable, ['é', '€', '𝄞'])
  assert.equal(strokes.length, 1)
  assert.deepEqual(keys.function(12), { keysym: 0xffc9, code: 'F12' })
})
