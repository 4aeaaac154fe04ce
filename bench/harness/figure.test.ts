import assert from 'node:assert/strict'
import { test } from 'node:test'
import { figuresOf } from './figure.ts'
import { Sheet } from './sheet.ts'
import type { Target } from './target.ts'

const at = { memoryMiB: 512 }

function measured(): Sheet {
  const sheet = new Sheet('standard')
  for (const value of [10, 30, 20]) sheet.add('pause', 'ms', at, value)
  return sheet
}

test('a figure without a peer says nothing of one', () => {
  assert.deepEqual(figuresOf('checkpoint', measured(), []), [
    {
      bench: 'checkpoint',
      case: 'standard',
      params: at,
      metric: 'pause',
      unit: 'ms',
      runs: [10, 30, 20],
      median: 20,
    },
  ])
})

test('a ratio above 1 is better than the peer, for times and for speeds', () => {
  const sheet = measured()
  sheet.add('pause', 'ms', at, 200, 'other')
  sheet.add('speed', 'MB/s', at, 200)
  sheet.add('speed', 'MB/s', at, 100, 'other')
  const figures = figuresOf('checkpoint', sheet, [])
  assert.deepEqual(
    figures.map(({ metric, peer, peerMedian, ratio }) => ({ metric, peer, peerMedian, ratio })),
    [
      { metric: 'pause', peer: 'other', peerMedian: 200, ratio: 10 },
      { metric: 'speed', peer: 'other', peerMedian: 100, ratio: 2 },
    ],
  )
})

test('each peer has a line, and a figure that only a peer has is no number of ours', () => {
  const sheet = measured()
  sheet.add('pause', 'ms', at, 100, 'one')
  sheet.add('pause', 'ms', at, 40, 'two')
  sheet.add('total', 'ms', at, 5, 'one')
  const figures = figuresOf('checkpoint', sheet, [])
  assert.deepEqual(
    figures.map(({ metric, peer, ratio }) => [metric, peer, ratio]),
    [
      ['pause', 'one', 5],
      ['pause', 'two', 2],
      ['total', 'one', undefined],
    ],
  )
})

test('a target is told with its figure, and one about a peer only when the peer was asked', () => {
  const targets: Target[] = [
    {
      metric: 'pause',
      params: at,
      text: 'under 25 ms',
      isReached: (sheet) => sheet.median('pause', at) < 25,
    },
    {
      metric: 'pause',
      params: at,
      peer: 'other',
      text: '10 times shorter',
      isReached: (sheet) => sheet.median('pause', at) * 10 <= sheet.median('pause', at, 'other'),
    },
  ]
  const alone = measured()
  assert.deepEqual(figuresOf('checkpoint', alone, targets)[0]?.targets, [
    { target: 'under 25 ms', reached: true },
  ])
  const against = measured()
  against.add('pause', 'ms', at, 190, 'other')
  assert.deepEqual(figuresOf('checkpoint', against, targets)[0]?.targets, [
    { target: 'under 25 ms', reached: true },
    { target: '10 times shorter', reached: false },
  ])
})

test('a target that compares with what was not measured is missed, not an error', () => {
  const target: Target = {
    metric: 'pause',
    params: at,
    text: 'as at 1 MiB',
    isReached: (sheet) => sheet.median('pause', at) <= sheet.median('pause', { memoryMiB: 1 }),
  }
  assert.deepEqual(figuresOf('checkpoint', measured(), [target])[0]?.targets, [
    { target: 'as at 1 MiB', reached: false },
  ])
})

test('a target without parameters holds for every row of its metric', () => {
  const sheet = measured()
  sheet.add('pause', 'ms', { memoryMiB: 2048 }, 90)
  const target: Target = {
    metric: 'pause',
    text: 'under 50 ms',
    isReached: (all, params) => all.median('pause', params) < 50,
  }
  assert.deepEqual(
    figuresOf('checkpoint', sheet, [target]).map(({ targets }) => targets?.[0]?.reached),
    [true, false],
  )
})
