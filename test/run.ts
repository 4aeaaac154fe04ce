import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * `npm test` runs everything: the checks, then the tests on real images, QEMUs and guests.
 * `npm run check` runs the cheap part: types, lint and format, unit tests, rules.
 * `npm test -- PATTERN…` runs the test files whose path holds one of the patterns.
 */
const root = fileURLToPath(new URL('..', import.meta.url))
const [mode, ...more] = process.argv.slice(2)

const unit = globSync('{src,tools,demo,bench}/**/*.test.ts', { cwd: root })
const rules = globSync('test/rules/*.test.ts', { cwd: root })
const real = globSync('test/{conformance,integration,e2e}/**/*.test.ts', { cwd: root })

function step(title: string, program: string, args: string[]): void {
  const startedAt = performance.now()
  const { status, signal, error } = spawnSync(program, args, { cwd: root, stdio: 'inherit' })
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  if (status === 0) process.stdout.write(`✔ ${title} (${seconds} s)\n`)
  else {
    process.stdout.write(`✖ ${title} failed: ${error?.message ?? signal ?? `exit code ${status}`}\n`)
    process.exit(1)
  }
}

function runTests(title: string, files: string[], concurrency: number): void {
  if (files.length === 0) {
    process.stdout.write(`✖ ${title}: no test files were found\n`)
    process.exit(1)
  }
  step(title, process.execPath, [
    '--test',
    `--test-concurrency=${concurrency}`,
    '--test-timeout=600000',
    ...files.sort(),
  ])
}

if (mode !== undefined && mode !== 'check') {
  const patterns = [mode, ...more]
  const files = [...unit, ...rules, ...real].filter((file) =>
    patterns.some((pattern) => file.includes(pattern)),
  )
  runTests(`tests of ${patterns.join(', ')}`, files, 2)
} else {
  step('types', process.execPath, ['node_modules/typescript/bin/tsc', '--noEmit'])
  step('lint and format', process.execPath, [
    'node_modules/@biomejs/biome/bin/biome',
    'check',
    '--error-on-warnings',
    '.',
  ])
  if (mode === 'check') runTests('unit tests and rules', [...unit, ...rules], 2)
  else runTests('all tests', [...unit, ...rules, ...real], 2)
}
