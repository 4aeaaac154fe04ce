import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { neverAborted } from '../core/cancel.ts'
import { asId, type VmId } from '../core/ids.ts'
import { VmLocks, yieldReason } from './locks.ts'

const vm = asId<VmId>('a')
const other = asId<VmId>('b')

/** Work that lasts until `finish` is called. */
function held() {
  const gate = Promise.withResolvers<void>()
  let began = false
  return {
    began: () => began,
    finish: () => gate.resolve(),
    body: async () => {
      began = true
      await gate.promise
    },
  }
}

test('what belongs to the operation that holds the VM comes before those who wait already', async () => {
  const locks = new VmLocks()
  const order: string[] = []
  const first = held()
  const running = [
    locks.run(vm, neverAborted, first.body),
    locks.run(vm, neverAborted, async () => void order.push('waiting')),
    locks.runNext(vm, neverAborted, async () => void order.push('next')),
  ]
  first.finish()
  await Promise.all(running)
  assert.deepEqual(order, ['next', 'waiting'])
})

test('operations on one VM run one at a time, in the order of their coming', async () => {
  const locks = new VmLocks()
  const order: string[] = []
  const first = held()
  const running = [
    locks.run(vm, neverAborted, async () => {
      await first.body()
      order.push('first')
    }),
    ...['second', 'third'].map((name) => locks.run(vm, neverAborted, async () => void order.push(name))),
  ]
  await turn()
  assert.deepEqual(order, [])
  first.finish()
  await Promise.all(running)
  assert.deepEqual(order, ['first', 'second', 'third'])
})

test('operations on different VMs do not wait for each other', async () => {
  const locks = new VmLocks()
  const first = held()
  const running = locks.run(vm, neverAborted, first.body)
  assert.equal(await locks.run(other, neverAborted, async () => 'done'), 'done')
  first.finish()
  await running
})

test('a VM is busy from the first turn to the end of the last', async () => {
  const locks = new VmLocks()
  assert.equal(locks.isBusy(vm), false)
  const first = held()
  const running = locks.run(vm, neverAborted, first.body)
  assert.deepEqual([locks.isBusy(vm), locks.isBusy(other)], [true, false])
  first.finish()
  await running
  assert.equal(locks.isBusy(vm), false)
})

test('an operation that fails gives the turn to the next', async () => {
  const locks = new VmLocks()
  const own = new Error('its own')
  const failing = locks.run(vm, neverAborted, () => Promise.reject(own))
  const next = locks.run(vm, neverAborted, async () => 'done')
  await assert.rejects(failing, (error) => error === own)
  assert.equal(await next, 'done')
  assert.equal(locks.isBusy(vm), false)
})

test('an operation that is cancelled while it waits never runs, and the ones behind it do', async () => {
  const locks = new VmLocks()
  const first = held()
  const second = held()
  const abort = new AbortController()
  const stop = new Error('stop')
  const running = locks.run(vm, neverAborted, first.body)
  const waiting = locks.run(vm, abort.signal, second.body)
  const third = locks.run(vm, neverAborted, async () => 'third')
  abort.abort(stop)
  await assert.rejects(waiting, (error) => error === stop)
  first.finish()
  await running
  assert.equal(await third, 'third')
  assert.equal(second.began(), false)
})

test('an operation that is cancelled as its turn comes never begins after that', async () => {
  for (let delay = 0; delay < 12; delay++) {
    const locks = new VmLocks()
    const abort = new AbortController()
    const begun: boolean[] = []
    const abortLater = async () => {
      for (let tick = 0; tick < delay; tick++) await null
      abort.abort(new Error('stop'))
    }
    const running = locks.run(vm, neverAborted, async () => void abortLater())
    const waiting = locks.run(vm, abort.signal, async () => void begun.push(abort.signal.aborted))
    await Promise.allSettled([running, waiting])
    assert.ok(!begun.includes(true), `aborted ${delay} ticks after the end of the one before`)
  }
})

test('an operation that comes with an aborted signal is refused without waiting', async () => {
  const locks = new VmLocks()
  const first = held()
  const running = locks.run(vm, neverAborted, first.body)
  const stop = new Error('stop')
  await assert.rejects(
    locks.run(vm, AbortSignal.abort(stop), async () => {}),
    (error) => error === stop,
  )
  first.finish()
  await running
})

/** A merge: gives way when it is told to, and says why it ended. */
const merge = (signal: AbortSignal) =>
  new Promise<void>((_, reject) => {
    const end = () => reject(signal.reason)
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
  })

test('a merge gives way to an operation that comes while it runs', async () => {
  const locks = new VmLocks()
  const merging = locks.runYielding(vm, neverAborted, merge)
  const operation = locks.run(vm, neverAborted, async () => 'done')
  await assert.rejects(merging, (error) => error === yieldReason)
  assert.equal(await operation, 'done')
})

test('a merge whose turn comes while others wait behind it gives way at once', async () => {
  const locks = new VmLocks()
  const first = held()
  const running = locks.run(vm, neverAborted, first.body)
  const merging = locks.runYielding(vm, neverAborted, merge)
  const operation = locks.run(vm, neverAborted, async () => 'done')
  first.finish()
  await running
  await assert.rejects(merging, (error) => error === yieldReason)
  assert.equal(await operation, 'done')
})

test('a merge that nobody waits for is left alone, and the reason of a user is passed on', async () => {
  const locks = new VmLocks()
  const abort = new AbortController()
  const stop = new Error('stop')
  let ended = false
  const merging = locks.runYielding(vm, abort.signal, merge).finally(() => {
    ended = true
  })
  await turn()
  assert.equal(ended, false)
  abort.abort(stop)
  await assert.rejects(merging, (error) => error === stop)
})

test('an ordinary operation is not interrupted by one that waits', async () => {
  const locks = new VmLocks()
  const first = held()
  const running = locks.run(vm, neverAborted, first.body)
  const second = locks.run(vm, neverAborted, async () => {})
  const merging = locks.runYielding(vm, neverAborted, async () => 'merged')
  await turn()
  first.finish()
  await Promise.all([running, second])
  assert.equal(await merging, 'merged')
})

test('a VM never has two holders, whatever comes, yields, fails or is cancelled', async () => {
  const operations = fc.array(
    fc.record({
      vm: fc.constantFrom(vm, other),
      yielding: fc.boolean(),
      steps: fc.nat(3),
      fails: fc.boolean(),
      cancelAfter: fc.option(fc.nat(6)),
      comesAfter: fc.nat(6),
    }),
    { minLength: 1, maxLength: 12 },
  )
  await fc.assert(
    fc.asyncProperty(operations, async (wanted) => {
      const locks = new VmLocks()
      const holders = new Map<VmId, number>()
      let most = 0
      const results = wanted.map(async (each) => {
        const abort = new AbortController()
        const body = async (signal: AbortSignal) => {
          holders.set(each.vm, (holders.get(each.vm) ?? 0) + 1)
          most = Math.max(most, holders.get(each.vm) ?? 0)
          for (let step = 0; step < each.steps && !signal.aborted; step++) await turn()
          holders.set(each.vm, (holders.get(each.vm) ?? 0) - 1)
          if (each.fails) throw new Error('its own')
        }
        for (let step = 0; step < each.comesAfter; step++) await turn()
        const { cancelAfter } = each
        if (cancelAfter !== null) {
          void (async () => {
            for (let step = 0; step < cancelAfter; step++) await turn()
            abort.abort(new Error('stop'))
          })()
        }
        if (each.yielding) await locks.runYielding(each.vm, abort.signal, body)
        else await locks.run(each.vm, abort.signal, () => body(neverAborted))
      })
      await Promise.allSettled(results)
      assert.ok(most <= 1, `${most} at once`)
      assert.deepEqual([locks.isBusy(vm), locks.isBusy(other)], [false, false])
    }),
    { numRuns: 200 },
  )
})
