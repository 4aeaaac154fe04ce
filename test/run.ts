import { spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { killProcess, processesUnder } from '../src/hypervisor/qemu/process.ts'

/**
 * `npm test` runs everything: the checks, then the tests on real images, QEMUs and guests.
 * `npm run check` runs the cheap part: types, lint and format, unit tests, rules.
 * `npm test -- PATTERN…` runs the test files whose path holds one of the patterns.
 */
const root = fileURLToPath(new URL('..', import.meta.url))
const [mode, ...more] = process.argv.slice(2)

const unit = globSync('{src,tools,demo,bench}/**/*.test.ts', { cwd: root })
const components = globSync('src/web/**/*.test.tsx', { cwd: root })
const rules = globSync('test/rules/*.test.ts', { cwd: root })
const real = globSync('test/{conformance,integration,e2e}/**/*.test.ts', { cwd: root })

/** Every temporary folder of a test lies in here, so that nothing can be left behind unseen. */
const scratch = mkdtempSync(join(tmpdir(), 'sp-'))

class Failed extends Error {}

function step(title: string, program: string, args: string[]): void {
  const startedAt = performance.now()
  const env = { ...process.env, TMPDIR: scratch, STILLPOINT_LISTEN: 'none' }
  const { status, signal, error } = spawnSync(program, args, { cwd: root, stdio: 'inherit', env })
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  if (status !== 0) throw new Failed(`${title} failed: ${error?.message ?? signal ?? `exit code ${status}`}`)
  process.stdout.write(`✔ ${title} (${seconds} s)\n`)
}

function runTests(title: string, files: string[]): void {
  if (files.length === 0) throw new Failed(`${title}: no test files were found`)
  step(title, process.execPath, ['--test', '--test-concurrency=2', '--test-timeout=600000', ...files.sort()])
}

function check(): void {
  step('types', process.execPath, ['node_modules/typescript/bin/tsc', '--noEmit'])
  step('types of the console', process.execPath, [
    'node_modules/typescript/bin/tsc',
    '--noEmit',
    '--project',
    'src/web',
  ])
  step('lint and format', process.execPath, [
    'node_modules/@biomejs/biome/bin/biome',
    'check',
    '--error-on-warnings',
    '.',
  ])
}

function testComponents(...patterns: string[]): void {
  const args = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'vite.config.ts', ...patterns]
  step('components of the console', process.execPath, args)
}

function run(): void {
  if (mode === undefined) {
    check()
    testComponents()
    runTests('all tests', [...unit, ...rules, ...real])
  } else if (mode === 'check') {
    check()
    testComponents()
    runTests('unit tests and rules', [...unit, ...rules])
  } else {
    const patterns = [mode, ...more]
    const isOf = (file: string) => patterns.some((pattern) => file.includes(pattern))
    const ofComponents = components.filter(isOf)
    if (ofComponents.length > 0) testComponents(...ofComponents)
    const files = [...unit, ...rules, ...real].filter(isOf)
    if (files.length > 0 || ofComponents.length === 0) runTests(`tests of ${patterns.join(', ')}`, files)
  }
}

let exitCode = 0
try {
  run()
} catch (error) {
  if (!(error instanceof Failed)) throw error
  process.stdout.write(`✖ ${error.message}\n`)
  exitCode = 1
} finally {
  const left = processesUnder(scratch)
  for (const each of left) await killProcess(each)
  rmSync(scratch, { recursive: true, force: true })
  if (left.length > 0) {
    process.stdout.write(`✖ ${left.length} QEMU or TPM processes were left behind by the tests, and ended\n`)
    exitCode = 1
  }
}
process.exit(exitCode)
