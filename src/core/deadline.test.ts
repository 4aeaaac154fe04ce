import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { pollUntil, withDeadline } from './deadline.ts'
import { isStillpointError } from './error.ts'

const long = { timeoutMs: 60_000, what: 'The work' }
const never = new Promise<never>(() => {})

test('work that ends in time gives its value', async () => {
  assert.equal(await withDeadline(Promise.resolve(5), long), 5)
})

test('work that fails in time gives its own error', async () => {
  const own = new Error('its own')
  await assert.rejects(withDeadline(Promise.reject(own), long), (error) => error === own)
})

test('work that takes too long is a timeout that names it', async () => {
  await assert.rejects(
    withDeadline(never, { timeoutMs: 5, what: 'The answer of the guest' }),
    (error) => isStillpointError(error, 'timeout') && error.message.includes('The answer of the guest'),
  )
})

test('an abort ends the waiting with the reason of the signal, whatever kind of value it is', async () => {
  for (const reason of [new Error('enough'), Symbol('give way')]) {
    const abort = new AbortController()
    const waiting = withDeadline(never, { ...long, signal: abort.signal })
    abort.abort(reason)
    await assert.rejects(waiting, (error) => error === reason)
  }
})

test('work that fails after its waiting was refused disturbs nobody', async () => {
  const late = Promise.withResolvers<never>()
  const stop = new Error('stop')
  const refused = withDeadline(late.promise, { ...long, signal: AbortSignal.abort(stop) })
  await assert.rejects(refused, (error) => error === stop)
  const unhandled: unknown[] = []
  const listen = (error: unknown) => void unhandled.push(error)
  process.on('unhandledRejection', listen)
  late.reject(new Error('too late'))
  await turn()
  await turn()
  process.off('unhandledRejection', listen)
  assert.deepEqual(unhandled, [])
})

test('polling gives the first value that is not undefined', async () => {
  let asked = 0
  const probe = () => (++asked === 3 ? null : undefined)
  assert.equal(await pollUntil(probe, { ...long, everyMs: 1 }), null)
  assert.equal(asked, 3)
})

test('polling that finds nothing is a timeout, after at least two questions', async () => {
  let asked = 0
  const probe = () => {
    asked++
    return undefined
  }
  await assert.rejects(
    pollUntil(probe, { timeoutMs: 1, everyMs: 2, what: 'The end' }),
    (error) => isStillpointError(error, 'timeout') && error.message.includes('The end'),
  )
  assert.ok(asked >= 2)
})

test('an error of the probe ends the polling', async () => {
  const own = new Error('its own')
  const probe = () => Promise.reject(own)
  await assert.rejects(pollUntil(probe, { ...long, everyMs: 1 }), (error) => error === own)
})

test('an abort during the pause between two questions ends the polling with the reason of the signal', async () => {
  for (const reason of [new Error('enough'), Symbol('give way')]) {
    const abort = new AbortController()
    const polling = pollUntil(() => undefined, { ...long, everyMs: 30_000, signal: abort.signal })
    await turn()
    abort.abort(reason)
    await assert.rejects(polling, (error) => error === reason)
  }
})
