import assert from 'node:assert/strict'
import { test } from 'node:test'
import { productFiles, withoutComments } from './source-files.ts'

/** What reaches outside, and the only files that may: programs of their own, and the adapters for it. */
const rules: readonly {
  readonly what: string
  readonly pattern: RegExp
  readonly allowed: readonly string[]
}[] = [
  {
    what: 'ends the process',
    pattern: /\bprocess\.(exit|exitCode|abort|reallyExit)\b/,
    allowed: [
      'src/server/daemon.ts',
      'src/cli/main.ts',
      'src/guest/freeze-keeper-main.ts',
      'src/memory/capture/capture-main.ts',
    ],
  },
  {
    what: 'reads the environment',
    pattern: /\bprocess\.env\b|\{[^}]*\benv\b[^}]*\} = process\b/,
    allowed: ['src/server/daemon.ts', 'src/cli/main.ts'],
  },
  { what: 'writes to the console', pattern: /(?<!['\w])console\.\w+/, allowed: [] },
  {
    what: 'writes to the standard streams',
    pattern: /\bprocess\.(stdout|stderr)\b/,
    allowed: [
      'src/server/daemon.ts',
      'src/cli/main.ts',
      'src/guest/freeze-keeper-main.ts',
      'src/memory/capture/capture-main.ts',
      'src/memory/reclaim/reclaim-main.ts',
      'src/core/helper-main.ts',
    ],
  },
  {
    what: 'asks for the time of day',
    pattern: /\bDate\.now\b|\bnew Date\(\s*\)|\bDate\(\s*\)/,
    allowed: ['src/core/clock.ts', 'src/cli/main.ts'],
  },
  {
    what: 'makes up ids',
    pattern: /\brandomBytes\b|\brandomUUID\b|\bgetRandomValues\b/,
    allowed: ['src/core/random-ids.ts'],
  },
  {
    what: 'uses chance',
    pattern: /\bMath\.random\b/,
    allowed: ['src/guest/agent.ts'], // the number that tells one conversation with the agent from another
  },
]

const files = productFiles().map(({ path, text }) => ({ path, code: withoutComments(text) }))

for (const { what, pattern, allowed } of rules) {
  const users = files.filter(({ code }) => pattern.test(code)).map(({ path }) => path)

  test(`no file ${what} but those that are allowed to`, () => {
    assert.deepEqual(
      users.filter((path) => !allowed.includes(path)),
      [],
    )
  })

  test(`every file that is allowed to does: ${what}`, () => {
    assert.deepEqual(
      allowed.filter((path) => !users.includes(path)),
      [],
    )
  })
}
