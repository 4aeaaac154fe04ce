import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inputsOf } from './input.ts'

const vm = { kind: 'vm', id: 'aa', name: 'web01' }

test('lines are names, or objects by the properties that they have', () => {
  const text = [
    ' web01 ',
    '',
    '[db]*',
    '{"Name":"web01","Id":"aa","State":"Off"}',
    '{"name":"web01"}',
    '{"VMName":"web01"}',
    '{"VMName":"web01","VMId":"aa","Name":"Base","Id":"c1","SnapshotType":"Standard"}',
    '{"VMName":"web01","Name":"web01"}',
    '{"Id":"t1","PSJobTypeName":"StillpointTask"}',
    '{"Colour":"blue"}',
    'What if: Performing the operation "Checkpoint-VM" on target "web01".',
    '{"WhatIf":true,"Target":"web01"}',
  ].join('\n')
  assert.deepEqual(inputsOf(text), [
    { kind: 'text', text: 'web01' },
    { kind: 'text', text: '[db]*' },
    vm,
    { kind: 'vm', id: null, name: 'web01' },
    { kind: 'vm', id: null, name: 'web01' },
    { kind: 'checkpoint', vm: 'aa', id: 'c1', name: 'Base' },
    // A checkpoint that has the name of its VM is not taken for the VM.
    { kind: 'checkpoint', vm: 'web01', id: null, name: 'web01' },
    { kind: 'job', id: 't1' },
    { kind: 'other', text: '{"Colour":"blue"}' },
  ])
})

test('what the other commands print with --json is understood too', () => {
  const vms = JSON.stringify([{ id: 'aa', name: 'web01', state: 'off' }], null, 2)
  assert.deepEqual(inputsOf(vms), [vm])
  const checkpoint = JSON.stringify({ id: 'c1', vmId: 'aa', name: 'Base', kind: 'standard' }, null, 2)
  assert.deepEqual(inputsOf(checkpoint), [{ kind: 'checkpoint', vm: 'aa', id: 'c1', name: 'Base' }])
  const task = JSON.stringify({ id: 't1', kind: 'merge', percent: 3, vmId: 'aa', vmName: 'web01' })
  assert.deepEqual(inputsOf(task), [{ kind: 'job', id: 't1' }])
})

test('a line that was cut short is refused, and nothing is none', () => {
  assert.throws(() => inputsOf('{"Name":"web01"'), { code: 'invalid_request' })
  assert.deepEqual(inputsOf('\n'), [])
})
