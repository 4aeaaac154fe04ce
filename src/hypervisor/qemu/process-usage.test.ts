import assert from 'node:assert/strict'
import { test } from 'node:test'
import { processStartOf } from './process.ts'
import { usageOfProcess } from './process-usage.ts'

test('a process has used processor time and memory, as it says itself', () => {
  const identity = { pid: process.pid, processStart: processStartOf(process.pid) ?? '' }
  const until = performance.now() + 60
  while (performance.now() < until);
  const usage = usageOfProcess(identity)
  const own = process.cpuUsage()
  assert.ok(usage)
  assert.ok(usage.cpuMs > 0 && usage.cpuMs <= (own.user + own.system) / 1000 + 10)
  const ratio = usage.memoryBytes / process.memoryUsage.rss()
  assert.ok(ratio > 0.5 && ratio < 2, `${ratio}`)
})

test('a process that has ended, or another one with its pid, has used nothing', () => {
  assert.equal(usageOfProcess({ pid: process.pid, processStart: '1' }), null)
  assert.equal(usageOfProcess({ pid: 2 ** 22 + 1, processStart: '1' }), null)
})
