import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asId, type VmId } from '../core/ids.ts'
import { CpuMeter } from './cpu-meter.ts'

const vm = asId<VmId>('a')
const other = asId<VmId>('b')

test('percent are of the processors of the VM, between one look and the next', () => {
  let nowMs = 1000
  const meter = new CpuMeter(() => nowMs)
  const look = (cpuMs: number, cpus = 2) => meter.percent(vm, { process: '1', cpuMs, cpus })
  assert.equal(look(5000), null)
  nowMs += 1000
  assert.equal(look(5500), 25)
  nowMs += 2000
  assert.equal(look(5504), 0.1)
  nowMs += 1000
  assert.equal(look(9000), 100, 'never more than all of them')
})

test('who looks again at once is told the same, and takes nothing from the next', () => {
  let nowMs = 1000
  const meter = new CpuMeter(() => nowMs)
  const look = (cpuMs: number) => meter.percent(vm, { process: '1', cpuMs, cpus: 1 })
  look(0)
  nowMs += 100
  assert.equal(look(90), null)
  nowMs += 900
  assert.equal(look(500), 50)
  nowMs += 500
  assert.equal(look(1000), 50)
  nowMs += 500
  assert.equal(look(1500), 100)
})

test('another process, another VM, or a look of long ago is nothing to compare with', () => {
  let nowMs = 1000
  const meter = new CpuMeter(() => nowMs)
  meter.percent(vm, { process: '1', cpuMs: 1000, cpus: 1 })
  nowMs += 1000
  assert.equal(meter.percent(other, { process: '1', cpuMs: 1000, cpus: 1 }), null)
  assert.equal(meter.percent(vm, { process: '2', cpuMs: 100, cpus: 1 }), null)
  nowMs += 59_999
  assert.notEqual(meter.percent(vm, { process: '2', cpuMs: 100, cpus: 1 }), null)
  nowMs += 60_000
  assert.equal(meter.percent(vm, { process: '2', cpuMs: 100, cpus: 1 }), null)
})
