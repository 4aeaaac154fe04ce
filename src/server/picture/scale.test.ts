import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scaledDown } from './scale.ts'

test('a pixel is the mean of those that it stands for', () => {
  const rgb = Uint8Array.from([...[0, 10, 20], ...[100, 30, 40], ...[0, 10, 20], ...[100, 50, 40]])
  const { widthPx, heightPx, rgb: mean } = scaledDown({ widthPx: 2, heightPx: 2, rgb }, 1)
  assert.deepEqual([widthPx, heightPx, ...mean], [1, 1, 50, 25, 30])
})

test('proportions stay, no pixel is lost, and nothing is made larger', () => {
  const white = (widthPx: number, heightPx: number) => ({
    widthPx,
    heightPx,
    rgb: new Uint8Array(widthPx * heightPx * 3).fill(255),
  })
  for (const [width, height, wanted, expected] of [
    [1024, 768, 320, 240],
    [1023, 767, 320, 240],
    [720, 400, 320, 178],
    [5000, 1, 10, 1],
  ] as const) {
    const small = scaledDown(white(width, height), wanted)
    assert.deepEqual([small.widthPx, small.heightPx], [wanted, expected])
    assert.deepEqual(small.rgb, white(wanted, expected).rgb)
  }
  const same = white(320, 200)
  assert.equal(scaledDown(same, 320), same)
  assert.equal(scaledDown(same, 4096), same)
})
