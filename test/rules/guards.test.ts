import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { guardTable, riskSections, signatureTable } from '../fixtures/guard-tables.ts'
import { root } from './source-files.ts'

test('docs/guards.md has the actions, risks, remedies and signs of the rules', () => {
  const page = readFileSync(join(root, 'docs/guards.md'), 'utf8')
  for (const part of [guardTable(), riskSections(), signatureTable()])
    assert.ok(page.includes(part), `It lacks, or has otherwise:\n${part}`)
})
