import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { DiscardedView } from '../../contract/discarded.ts'
import { checkpoint } from '../testing/examples.ts'
import { type TreeItem, treeItems } from './tree-item.ts'
import { moveOf } from './tree-keys.ts'
import { layOut, type TreeRow } from './tree-layout.ts'

const none: ReadonlySet<string> = new Set()

/** Checkpoints of `[id, parent]`, one a minute; Now hangs under the last one that is marked with a star. */
function treeOf(...pairs: readonly string[]): TreeItem[] {
  const checkpoints = pairs.map((pair, index) => {
    const [id = '', parentId = null] = pair.replace('*', '').split(' ')
    const createdAt = new Date(Date.UTC(2026, 10, 20, 8, index)).toISOString()
    return checkpoint({ id, name: id, parentId, createdAt, isNowParent: pair.endsWith('*') })
  })
  return treeItems({ checkpoints, discarded: [], status: null })
}

/** The tree in letters, to be compared by eye. */
function drawn(rows: readonly TreeRow[]): string[] {
  return rows.map(({ item, lane, lines }) => {
    const cells = Array.from({ length: lane }, () => '  ')
    for (const { lane: at, tone } of lines.through) cells[at] = tone === 'accent' ? '║ ' : '│ '
    const { into } = lines
    if (into && into.lane < lane) cells[into.lane] = into.below ? '├─' : '└─'
    return `${cells.join('')}${into?.lane === lane ? '' : '*'}${item.id}`
  })
}

test('the last child goes straight down, the others turn off, and Now is last', () => {
  const rows = layOut(treeOf('a', 'b a', 'c b', 'd b', 'e a*', 'f e'), none)
  assert.deepEqual(drawn(rows), ['*a', '├─*b', '│ ├─*c', '│ d', 'e', '├─*f', 'now'].map(unaccented(rows)))
  const [a, b, c, d, e, f, now] = rows
  assert.deepEqual(
    [a, b, c, d, e, f, now].map((row) => row && [row.level, row.position, row.setSize]),
    [
      [1, 1, 1],
      [2, 1, 2],
      [3, 1, 2],
      [3, 2, 2],
      [2, 2, 2],
      [3, 1, 2],
      [3, 2, 2],
    ],
  )
  assert.deepEqual(
    rows.filter(({ isOnNowPath }) => isOnNowPath).map(({ item }) => item.id),
    ['a', 'e', 'now'],
  )
  assert.equal(a?.lines.out, 'accent')
  assert.deepEqual(b?.lines.into, { lane: 0, tone: 'line', above: 'accent', below: 'accent' })
  assert.deepEqual(c?.lines.through, [{ lane: 0, tone: 'accent' }])
  assert.equal(now?.lines.out, null)
})

/** The drawing above has plain lines where the one to Now passes. */
function unaccented(rows: readonly TreeRow[]) {
  return (line: string, index: number) =>
    rows[index]?.lines.through.reduce((text, { lane, tone }) => {
      const at = 2 * lane
      return tone === 'accent' ? `${text.slice(0, at)}║${text.slice(at + 1)}` : text
    }, line) ?? line
}

test('without checkpoints Now is the root; several roots stand below each other without a line between them', () => {
  assert.deepEqual(drawn(layOut(treeOf(), none)), ['*now'])
  assert.deepEqual(drawn(layOut(treeOf('a', 'b*'), none)), ['*a', '*b', 'now'])
})

test('a checkpoint in the making stands between its parent and Now', () => {
  const source = { checkpoints: [checkpoint()], discarded: [], status: 'Creating Checkpoint (9%)' }
  assert.deepEqual(drawn(layOut(treeItems(source), none)), ['*c1', 'pending', 'now'])
  const merging = layOut(treeItems({ ...source, status: 'Merging (9%)' }), none)
  assert.deepEqual(drawn(merging), ['*c1', 'now'])
})

test('a discarded state turns off, by a faint line, and never goes straight down', () => {
  const discarded = { id: 'd', parentId: 'b', discardedAt: '2026-11-20T09:00:00.000Z' } as DiscardedView // all that is read of it
  const checkpoints = [
    checkpoint({ id: 'a', isNowParent: true }),
    checkpoint({ id: 'b', parentId: 'a', isNowParent: false }),
  ]
  const rows = layOut(treeItems({ checkpoints, discarded: [discarded], status: null }), none)
  assert.deepEqual(drawn(rows), ['*a', '├─*b', '║ └─*d', 'now'])
  assert.equal(rows[1]?.lines.out, 'faint')
})

test('a collapsed branch hides what is below it, and says how much', () => {
  const rows = layOut(treeOf('a', 'b a', 'c b', 'd c', 'e a*'), new Set(['b']))
  assert.deepEqual(
    rows.map(({ item }) => item.id),
    ['a', 'b', 'e', 'now'],
  )
  assert.deepEqual([rows[1]?.isExpanded, rows[1]?.hiddenCount, rows[1]?.lines.out], [false, 2, null])
})

test('a chain of 5,000 stays in one lane; 5,000 beside each other stand in the next', () => {
  const ids = Array.from({ length: 5000 }, (_, index) => `c${index}`)
  const deep = layOut(
    treeOf(...ids.map((id, index) => (index === 0 ? id : `${id} c${index - 1}${index === 4999 ? '*' : ''}`))),
    none,
  )
  assert.ok(deep.every(({ lane }) => lane === 0))
  assert.equal(deep.at(-1)?.level, 5001)
  const wide = layOut(treeOf('root*', ...ids.map((id) => `${id} root`)), none)
  assert.ok(wide.slice(1, -1).every(({ lane }) => lane === 1))
  assert.equal(wide.at(-1)?.lane, 0)
})

test('whatever the tree: every row once, parents first, and every line that goes on arrives', () => {
  const trees = fc.array(fc.nat(), { minLength: 1, maxLength: 60 }).chain((parents) =>
    fc.record({
      parents: fc.constant(parents),
      now: fc.nat({ max: parents.length }),
      closed: fc.uniqueArray(fc.nat({ max: parents.length })),
    }),
  )
  fc.assert(
    fc.property(trees, ({ parents, now, closed }) => {
      const pairs = parents.map((parent, index) => {
        const at = parent % (index + 1) // itself: a root
        return `${index}${at < index ? ` ${at}` : ''}${index === now ? '*' : ''}`
      })
      const all = layOut(treeOf(...pairs), none)
      assert.deepEqual(new Set(all.map(({ item }) => item.id)).size, parents.length + 1)
      for (const rows of [all, layOut(treeOf(...pairs), new Set(closed.map(String)))]) checkLines(rows)
    }),
  )
})

function checkLines(rows: readonly TreeRow[]): void {
  const seen = new Map<string, number>()
  let goingOn = new Map<number, string>()
  for (const { item, lane, lines } of rows) {
    const { into, through, out } = lines
    const arriving = new Map(through.map(({ lane: at, tone }) => [at, tone as string])) // compared with one
    if (into) arriving.set(into.lane, into.above)
    assert.deepEqual(arriving, goingOn, `lines into ${item.id}`)
    if (into) assert.equal(into.lane, seen.get(item.parentId ?? ''))
    seen.set(item.id, lane)
    goingOn = new Map(through.map(({ lane: at, tone }) => [at, tone]))
    if (into && into.lane < lane && into.below) goingOn.set(into.lane, into.below)
    if (out) goingOn.set(lane, out)
  }
  assert.equal(goingOn.size, 0)
}

test('arrows walk the tree, and Left and Right close and open it', () => {
  const items = treeOf('a', 'b a', 'c b', 'd a*')
  const rows = layOut(items, none) // a, b, c, d, now
  assert.deepEqual(moveOf('ArrowDown', rows, 0), { kind: 'go', index: 1 })
  assert.deepEqual(moveOf('ArrowUp', rows, 0), { kind: 'go', index: 0 })
  assert.deepEqual(moveOf('End', rows, 0), { kind: 'go', index: 4 })
  assert.deepEqual(moveOf('ArrowRight', rows, 0), { kind: 'go', index: 1 })
  assert.equal(moveOf('ArrowRight', rows, 2), null)
  assert.deepEqual(moveOf('ArrowLeft', rows, 2), { kind: 'go', index: 1 })
  assert.deepEqual(moveOf('ArrowLeft', rows, 1), { kind: 'collapse', id: 'b' })
  assert.deepEqual(moveOf('ArrowLeft', rows, 4), { kind: 'go', index: 3 })
  assert.deepEqual(moveOf('ArrowRight', layOut(items, new Set(['b'])), 1), { kind: 'expand', id: 'b' })
  assert.equal(moveOf('x', rows, 0), null)
  assert.equal(moveOf('ArrowDown', [], -1), null)
})
