import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asId, type VmId } from '../../core/ids.ts'
import { checkpointPolicies } from '../../vm/config.ts'
import { chooseKind } from '../../vm/kind.ts'
import type { PowerState } from '../../vm/power.ts'
import { type Candidate, chooseKinds, standardForAll } from './kinds.ts'

const one = (name: string, policy: Candidate['policy'], state: PowerState): Candidate => ({
  vmId: asId<VmId>(name),
  name,
  policy,
  state,
})
const kindsOf = (...candidates: Candidate[]) => {
  const chosen = chooseKinds(candidates)
  return chosen.members ? chosen.members.map(({ kind }) => kind) : chosen.code
}

test('all VMs that have a process get the same kind, whatever the policies; what is off is offline', () => {
  const states = ['off', 'running', 'paused'] as const
  const all = checkpointPolicies.flatMap((policy) =>
    states.map((state) => one(`${policy}-${state}`, policy, state)),
  )
  let made = 0
  for (const a of all) {
    for (const b of all) {
      const { members } = chooseKinds([a, b])
      if (!members) continue
      made++
      const kinds = members.map(({ kind }) => kind)
      assert.deepEqual(
        kinds.map((kind) => kind === 'offline'),
        [a, b].map(({ state }) => state === 'off'),
      )
      assert.ok(
        new Set(kinds.filter((kind) => kind !== 'offline')).size <= 1,
        `${a.vmId} ${b.vmId}: ${kinds}`,
      )
      for (const { vmId, kind, fallbackReason } of members) {
        const { policy, state } = vmId === a.vmId ? a : b
        if (policy === 'ProductionOnly') assert.notEqual(kind, 'standard')
        // The record says why exactly where less was made than the policy prefers.
        const isFallback = policy === 'Production' && state !== 'off' && kind === 'standard'
        assert.equal(fallbackReason !== null, isFallback, `${a.vmId} ${b.vmId}`)
      }
    }
  }
  assert.ok(made > 40)
})

test('a group is refused when a VM of it alone would be, and the reason names it', () => {
  const refused = chooseKinds([one('a', 'Production', 'running'), one('b', 'Disabled', 'off')])
  assert.equal(refused.members, null)
  assert.equal(refused.code, 'policy_disabled')
  assert.match(refused.reason, /VM "b": checkpoints are disabled/)
})

test('one kind for VMs whose policies exclude each other there is not', () => {
  const refused = chooseKinds([one('a', 'ProductionOnly', 'running'), one('b', 'Standard', 'running')])
  assert.equal(refused.members, null)
  assert.equal(refused.code, 'production_impossible')
  assert.match(refused.reason, /VM "a" allows production checkpoints only.*VM "b" has the policy Standard/)
})

test('one VM that can only get a standard checkpoint decides for the others, which say so', () => {
  assert.deepEqual(
    kindsOf(one('a', 'Production', 'running'), one('b', 'Standard', 'running'), one('c', 'Standard', 'off')),
    ['standard', 'standard', 'offline'],
  )
  const { members } = chooseKinds([one('a', 'Production', 'running'), one('b', 'Production', 'paused')])
  assert.match(members?.[0]?.fallbackReason ?? '', /same kind: VM "b" is paused/)
  assert.match(members?.[1]?.fallbackReason ?? '', /^VM "b" is paused/)
})

test('a group of one gets what the VM alone would get', () => {
  for (const policy of checkpointPolicies) {
    for (const state of ['off', 'running', 'paused'] as const) {
      const choice = chooseKind(policy, state)
      assert.deepEqual(kindsOf(one('a', policy, state)), choice.kind === null ? choice.code : [choice.kind])
    }
  }
})

test('after an agent failed, all are standard, or it is said which VM forbids that', () => {
  const both = [one('a', 'Production', 'running'), one('b', 'Production', 'running')]
  const fallback = standardForAll(both, 'VM "a": its agent is silent', asId<VmId>('a'))
  assert.deepEqual(
    fallback.members?.map(({ kind }) => kind),
    ['standard', 'standard'],
  )
  const forbidden = standardForAll(
    [one('a', 'Production', 'running'), one('b', 'ProductionOnly', 'running')],
    'VM "a": its agent is silent',
    asId<VmId>('a'),
  )
  assert.equal(forbidden.members, null)
  assert.match(forbidden.reason, /VM "b" allows production checkpoints only.*VM "a": its agent is silent/)
})
