import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'

const web = join(import.meta.dirname, '..')
const mantine = join(web, '../../node_modules/@mantine')
const core = join(mantine, 'core/esm')
const read = (file: string) => readFileSync(file, 'utf8')

/** The components that these files take from Mantine's package. */
function taken(files: readonly string[]): Set<string> {
  const lists = files.flatMap((file) => [
    ...read(file).matchAll(/import \{([^}]*)\} from ['"]@mantine\/core['"]/g),
  ])
  return new Set(lists.flatMap(([, names = '']) => names.split(',').map((name) => name.trim())))
}

/** The style sheets of these components, and of those that they are made of. */
function sheetsOf(names: ReadonlySet<string>): Set<string> {
  const found = new Set<string>()
  const seen = new Set<string>()
  const follow = (file: string) => {
    if (seen.has(file)) return
    seen.add(file)
    for (const [, path = ''] of read(file).matchAll(/from "(\.[^"]+)"/g)) {
      const sheet = /(\w+)\.module\.mjs$/.exec(path)?.[1]
      if (sheet) found.add(sheet)
      else follow(join(dirname(file), path))
    }
  }
  for (const [, list = '', path = ''] of read(join(core, 'index.mjs')).matchAll(
    /import \{([^}]*)\} from "(\.[^"]+)"/g,
  ))
    if (list.split(',').some((name) => names.has(name.trim()))) follow(join(core, path))
  return found
}

const imported = [
  ...read(join(import.meta.dirname, 'mantine-styles.ts')).matchAll(/core\/styles\/([\w-]+)\.css/g),
].map(([, name = '']) => name)

test('each Mantine component that is used has its styles, and no other one has', () => {
  const ofConsole = globSync('**/*.{ts,tsx}', { cwd: web }).map((file) => join(web, file))
  const ofParts = globSync('{notifications,charts}/esm/**/*.mjs', { cwd: mantine }).map((file) =>
    join(mantine, file),
  )
  const sheets = sheetsOf(new Set([...taken(ofConsole), ...taken(ofParts)]))
  assert.ok(sheets.has('Button'))
  assert.deepEqual(imported.toSorted(), [...sheets, 'default-css-variables', 'baseline', 'global'].toSorted())
})

test('styles stand in the order of Mantine, in which later ones win', () => {
  const all = read(join(mantine, 'core/styles.css'))
  const places = imported.map((name) =>
    all.indexOf(
      read(join(mantine, `core/styles/${name}.css`))
        .trim()
        .slice(0, 150),
    ),
  )
  assert.ok(places.every((place) => place >= 0))
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
  )
})
