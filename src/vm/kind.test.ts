import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type CheckpointPolicy, checkpointPolicies } from './config.ts'
import { chooseKind } from './kind.ts'

const states = ['off', 'running', 'paused'] as const

/** `kind`, `kind>fallback`, or the code of the refusal; for off, running and paused. */
const table: Readonly<Record<CheckpointPolicy, readonly [string, string, string]>> = {
  Disabled: ['policy_disabled', 'policy_disabled', 'policy_disabled'],
  Standard: ['offline', 'standard', 'standard'],
  Production: ['offline', 'production>standard', 'standard'],
  ProductionOnly: ['offline', 'production', 'production_impossible'],
}

for (const policy of checkpointPolicies) {
  test(`with the policy ${policy} the kind follows the state of the VM`, () => {
    const chosen = states.map((state) => {
      const choice = chooseKind(policy, state)
      if (choice.kind === null) return choice.code
      return choice.fallback === null ? choice.kind : `${choice.kind}>${choice.fallback}`
    })
    assert.deepEqual(chosen, table[policy])
  })
}

test('a paused VM that should have had a production checkpoint has the reason on record', () => {
  const choice = chooseKind('Production', 'paused')
  assert.ok(choice.kind === 'standard')
  assert.match(choice.fallbackReason ?? '', /paused/)
})

test('what the policy asks for carries no reason for a fallback', () => {
  for (const [policy, state] of [
    ['Standard', 'paused'],
    ['Production', 'off'],
    ['ProductionOnly', 'running'],
  ] as const) {
    const choice = chooseKind(policy, state)
    assert.ok(choice.kind !== null && choice.fallbackReason === null)
  }
})
