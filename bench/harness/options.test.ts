import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseOptions, UsageError } from './options.ts'

test('the defaults are five runs of everything', () => {
  const expected = {
    ...{ bench: 'checkpoint', json: false, peer: null, runs: 5 },
    ...{ only: [], quick: false, sizes: [] },
  }
  assert.deepEqual(parseOptions(['checkpoint']), expected)
})

test('a quick bench runs twice unless it is told otherwise', () => {
  assert.equal(parseOptions(['checkpoint', '--quick']).runs, 2)
  assert.equal(parseOptions(['checkpoint', '--quick', '--runs', '7']).runs, 7)
})

test('sizes are numbers, each once and in order', () => {
  const { sizes } = parseOptions(['memory', '--size', '2048', '--size', '512', '--size', '512'])
  assert.deepEqual(sizes, [512, 2048])
})

test('what cannot be understood is refused', () => {
  for (const args of [
    [],
    ['one', 'two'],
    ['one', '--runs', 'many'],
    ['one', '--runs', '0'],
    ['one', '--huge'],
    ['one', '--size', 'large'],
  ]) {
    assert.throws(() => parseOptions(args), UsageError)
  }
})
