import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type ErrorRow, errorRegistry } from '../../src/core/error-registry.ts'
import { productFiles, root, withoutComments } from './source-files.ts'

const registry = Object.entries<ErrorRow>(errorRegistry)

/** Rows of the table in docs/errors.md, as lists of their cells. */
function documentedRows(): string[][] {
  const text = readFileSync(join(root, 'docs/errors.md'), 'utf8')
  return text
    .split('\n')
    .filter((line) => /^\| `\w+` \|/.test(line))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
}

test('docs/errors.md lists every error with the status, exit code and meaning that it has', () => {
  const expected = registry.map(([code, { httpStatus, exitCode, retryable, summary }]) => [
    `\`${code}\``,
    String(httpStatus),
    String(exitCode),
    retryable ? 'yes' : 'no',
    summary,
  ])
  assert.deepEqual(documentedRows(), expected)
})

test('every error is used somewhere in the product', () => {
  const code = productFiles()
    .filter(({ path }) => path !== 'src/core/error-registry.ts')
    .map(({ text }) => withoutComments(text))
    .join('\n')
  assert.deepEqual(
    registry.map(([name]) => name).filter((name) => !new RegExp(`['"]${name}['"]|\\.${name}\\b`).test(code)),
    [],
  )
})
