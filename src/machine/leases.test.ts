import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asId, type LayerId, type VmId } from '../core/ids.ts'
import { Leases } from './leases.ts'

const vm = asId<VmId>('0123456789ab')
const other = asId<VmId>('ba9876543210')
const layer = (name: string) => asId<LayerId>(name)
const needs = (layers: string[], files: string[]) => ({
  layers: new Set(layers.map(layer)),
  files: new Set(files),
})

test('what several need is kept until the last of them has given it back', () => {
  const leases = new Leases()
  const first = leases.take(vm, 'is being exported', needs(['a', 'b'], ['/x']))
  const second = leases.take(vm, 'is being exported', needs(['b'], ['/x', '/y']))
  assert.deepEqual(leases.layers(vm), new Set([layer('a'), layer('b')]))
  first[Symbol.dispose]()
  assert.deepEqual(leases.layers(vm), new Set([layer('b')]))
  assert.ok(leases.hasFile(vm, '/x'))
  second[Symbol.dispose]()
  assert.deepEqual(leases.layers(vm), new Set())
  assert.ok(!leases.hasFile(vm, '/x'))
})

test('a lease is one VM’s, and keeps it from being removed', () => {
  const leases = new Leases()
  const lease = leases.take(vm, 'is being exported', needs(['a'], []))
  assert.deepEqual(leases.layers(other), new Set())
  leases.requireNone(other, 'db01')
  assert.throws(() => leases.requireNone(vm, 'web01'), {
    code: 'vm_state',
    message: /"web01" is being exported/,
  })
  lease[Symbol.dispose]()
  leases.requireNone(vm, 'web01')
})
