import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ApplicationResult } from '../../inventory/checkpoint.ts'
import { frozenConsistency } from './frozen-consistency.ts'

const report = (outcome: ApplicationResult['outcome']): ApplicationResult => ({
  name: 'PostgreSQL',
  outcome,
  prepareMs: 12,
  detail: '15.13',
})

test('a frozen guest is application consistent when all applications say so, and there is one', () => {
  assert.equal(frozenConsistency('debian', [report('consistent')]), 'application')
  assert.equal(frozenConsistency(null, [report('consistent'), report('consistent')]), 'application')
  assert.equal(frozenConsistency('debian', [report('consistent'), report('failed')]), 'file-system')
  assert.equal(frozenConsistency('debian', []), 'file-system')
})

test('Windows has VSS', () => {
  assert.equal(frozenConsistency('mswindows', []), 'application')
})
