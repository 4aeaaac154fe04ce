import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { productFiles, root } from './source-files.ts'

/** Files that are, or would be, in the repository. */
function repositoryFiles(): string[] {
  const options = ['--cached', '--others', '--exclude-standard', '-z']
  const list = execFileSync('git', ['ls-files', ...options], { cwd: root, encoding: 'utf8' })
  return list.split('\0').filter((path) => path !== '' && existsSync(join(root, path)))
}

const files = repositoryFiles()
const textOf = (path: string) => readFileSync(join(root, path), 'utf8')

test('the project stands alone: no file speaks of a folder beside it or of a place on one machine', () => {
  const elsewhere = new RegExp(['\\.\\./shared', '/work/(main|shared)'].join('|'))
  assert.deepEqual(
    files.filter((path) => path !== 'test/rules/repository.test.ts' && elsewhere.test(textOf(path))),
    [],
  )
})

test('no source file has more than 350 lines', () => {
  const long = productFiles().filter(({ text }) => text.split('\n').length > 351)
  assert.deepEqual(
    long.map(({ path }) => path),
    [],
  )
})

test('files of code have names in kebab-case', () => {
  const code = files.filter((path) => /^(src|test|tools|bench|demo)\/.*\.tsx?$/.test(path))
  assert.ok(code.length > 100)
  assert.deepEqual(
    code.filter((path) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.test|\.d)?\.tsx?$/.test(basename(path))),
    [],
  )
})

test('no test is skipped, left for later, or the only one that runs', () => {
  const pattern = /\b(test|it|describe|suite|t)\.(skip|todo|only)\b|\{[^}]*\b(skip|todo|only): *(true|['"`])/
  const tests = files.filter((path) => /\.test\.tsx?$/.test(path) && path !== 'test/rules/repository.test.ts')
  assert.ok(tests.length > 20)
  assert.deepEqual(
    tests.filter((path) => pattern.test(textOf(path))),
    [],
  )
})

test('a test beside a source file is named after it, or says what it is about', () => {
  const lonely = files
    .filter((path) => /^src\/.*\.test\.tsx?$/.test(path))
    .filter((path) => !existsSync(join(root, path.replace(/\.test(\.tsx?)$/, '$1'))))
  assert.deepEqual(lonely, ['src/checkpoint/disk-logic.test.ts'])
})
