import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEventBus, type StillpointEvent } from './event-bus.ts'

const event: StillpointEvent = { type: 'vm.changed', vmId: 'a1' }

const unexpected = (error: unknown) => assert.fail(String(error))

test('every listener gets each event, in the order of publishing', () => {
  const bus = createEventBus(unexpected)
  const first: StillpointEvent[] = []
  const second: StillpointEvent[] = []
  bus.subscribe((each) => first.push(each))
  bus.subscribe((each) => second.push(each))
  const other: StillpointEvent = { type: 'vm.removed', vmId: 'a1' }
  bus.publish(event)
  bus.publish(other)
  assert.deepEqual(first, [event, other])
  assert.deepEqual(second, [event, other])
})

test('a listener that fails is reported and keeps nothing from the others', () => {
  const errors: unknown[] = []
  const bus = createEventBus((error) => errors.push(error))
  const own = new Error('its own')
  let got = 0
  bus.subscribe(() => {
    throw own
  })
  bus.subscribe(() => got++)
  bus.publish(event)
  assert.deepEqual(errors, [own])
  assert.equal(got, 1)
})

test('who has unsubscribed gets nothing more, even when it did so while being told', () => {
  const bus = createEventBus(unexpected)
  let once = 0
  let always = 0
  const end = bus.subscribe(() => {
    once++
    end()
  })
  bus.subscribe(() => always++)
  bus.publish(event)
  bus.publish(event)
  assert.deepEqual([once, always], [1, 2])
})
