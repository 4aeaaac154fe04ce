import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError } from '../../api/http.ts'
import { guardsView } from '../../testing/guards.ts'
import { latestOf, previewed, refused, risksOf } from './risk.ts'

const measures = { onCreate: 'off', onApply: 'confirm', onApplyWithoutMemory: 'warn' } as const
const finding = {
  guard: 'cluster-member',
  title: 'Cluster member',
  action: 'forbid',
  evidence: 'new',
  risk: 'r',
  remedy: 'm',
}

test('what counts is what is about to be done; what is off or was not found is not shown', () => {
  const view = guardsView(measures)
  const actions = (['create', 'apply', 'apply-without-memory'] as const).map((operation) =>
    previewed(view, operation).map(({ action }) => action),
  )
  assert.deepEqual(actions, [[], ['confirm'], ['warn']])
  assert.deepEqual(previewed(guardsView({ ...measures, evidence: [] }), 'apply'), [])
})

test('a risk of several VMs is one entry, as strict as the strictest', () => {
  const one = previewed(guardsView(measures), 'apply-without-memory')
  const other = previewed({ ...guardsView(measures), vmName: 'db01' }, 'apply')
  const [risk, ...more] = risksOf([...one, ...other])
  assert.deepEqual(more, [])
  assert.equal(risk?.action, 'confirm')
  assert.deepEqual(
    risk?.found.map(({ vmName }) => vmName),
    ['web01', 'db01'],
  )
})

test('what a refusal says takes the place of what was found before; other errors say nothing of risks', () => {
  const refusal = new ApiError('guard_forbidden', 'No.', { guards: [finding] })
  const before = previewed(guardsView(measures), 'apply')
  const [risk] = risksOf(latestOf([...before, ...refused('web01', refusal)]))
  assert.equal(risk?.action, 'forbid')
  assert.deepEqual(risk?.found, [{ vmName: 'web01', evidence: 'new' }])
  assert.deepEqual(refused('web01', new ApiError('vm_state', 'No.', { guards: [finding] })), [])
})
