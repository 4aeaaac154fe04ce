import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { productFiles, root } from './source-files.ts'

/**
 * Which room may import which; `room/file.ts` is that file alone. A room may always import itself. The
 * longest name that a path begins with is its room.
 */
const table: Readonly<Record<string, readonly string[]>> = {
  'src/core': [],
  'src/vm': ['src/core'],
  'src/disk': ['src/core', 'src/vm'],
  'src/inventory': ['src/core', 'src/vm', 'src/disk'],
  'src/task': ['src/core'],
  'src/memory': ['src/core'],
  'src/guest': ['src/core', 'src/vm'],
  'src/hypervisor': ['src/core', 'src/vm', 'src/disk'],
  'src/hypervisor/qemu': ['src/core', 'src/vm', 'src/disk', 'src/hypervisor/port.ts'],
  'src/machine': [
    ...[
      'src/core',
      'src/vm',
      'src/disk',
      'src/guest',
      'src/memory',
      'src/inventory',
      'src/hypervisor/port.ts',
    ],
  ],
  'src/checkpoint': [
    ...['src/core', 'src/vm', 'src/disk', 'src/memory', 'src/guest', 'src/inventory', 'src/machine'],
    ...['src/hypervisor/port.ts', 'src/task/task.ts'],
  ],
  'src/doctor': [...['src/core', 'src/vm', 'src/disk', 'src/inventory', 'src/machine', 'src/checkpoint']],
  'src/store': [
    ...['src/core', 'src/vm', 'src/disk', 'src/inventory', 'src/task'],
    'src/checkpoint/hygiene/growth-history-port.ts',
  ],
  // The contract also runs in a browser: of other rooms it may take the pure constants only.
  'src/contract': [
    'src/core',
    'src/vm',
    'src/inventory/checkpoint.ts',
    'src/task/task.ts',
    'src/doctor/finding.ts',
  ],
  'src/client': ['src/core', 'src/contract'],
  'src/cli': ['src/core', 'src/contract', 'src/client', 'src/vm'],
  'src/web': ['src/core', 'src/contract', 'src/vm'],
  'src/server': [
    ...['src/core', 'src/vm', 'src/disk', 'src/memory', 'src/guest', 'src/inventory', 'src/machine'],
    ...['src/checkpoint', 'src/task', 'src/contract', 'src/hypervisor/port.ts', 'src/doctor'],
  ],
  // Where everything is put together; the client knows where a daemon is looked for.
  'src/server/daemon.ts': [
    ...['src/core', 'src/machine', 'src/checkpoint', 'src/inventory', 'src/task', 'src/store', 'src/server'],
    ...['src/hypervisor/qemu', 'src/client/home.ts', 'src/contract/system.ts'],
  ],
}

const isWithin = (path: string, place: string) => path === place || path.startsWith(`${place}/`)

function roomOf(path: string): string {
  const places = Object.keys(table).filter((place) => isWithin(path, place))
  return places.sort((a, b) => b.length - a.length)[0] ?? ''
}

const files = productFiles()

test('every source file belongs to a room of the table, and every room has files', () => {
  assert.deepEqual(
    files.map(({ path }) => path).filter((path) => roomOf(path) === ''),
    [],
  )
  const rooms = new Set(files.map(({ path }) => roomOf(path)))
  assert.deepEqual([...rooms].sort(), Object.keys(table).sort())
})

test('rooms import only what the table allows', () => {
  const forbidden = files.flatMap(({ path, imports }) => {
    const room = roomOf(path)
    const allowed = [room, ...(table[room] ?? [])]
    return imports
      .filter((target) => isWithin(target, 'src'))
      .filter((target) => {
        const [best] = [...allowed, roomOf(target)]
          .filter((place) => isWithin(target, place))
          .sort((a, b) => b.length - a.length)
        return best === undefined || !allowed.includes(best)
      })
      .map((target) => `${path} imports ${target}`)
  })
  assert.deepEqual(forbidden, [])
})

test('what a source file imports exists, and is no test or fixture', () => {
  const wrong = files.flatMap(({ path, imports }) =>
    imports
      .filter(
        (target) =>
          !existsSync(join(root, target)) || /\.test\.tsx?$|^(test|bench|demo|tools)\//.test(target),
      )
      .map((target) => `${path} imports ${target}`),
  )
  assert.deepEqual(wrong, [])
})

test('no file imports itself by way of others, not even types', () => {
  const importsOf = new Map(files.map(({ path, imports }) => [path, imports]))
  const done = new Set<string>()
  const visit = (path: string, way: readonly string[]) => {
    const since = way.indexOf(path)
    assert.equal(since, -1, `a cycle: ${[...way.slice(since), path].join(' → ')}`)
    if (done.has(path)) return
    for (const target of importsOf.get(path) ?? []) visit(target, [...way, path])
    done.add(path)
  }
  for (const path of importsOf.keys()) visit(path, [])
})
