import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as soon } from 'node:timers/promises'
import { systemClock } from '../../core/clock.ts'
import { asId, type JournalId, type VmId } from '../../core/ids.ts'
import type { VmDocument } from '../../inventory/document.ts'
import type { Inventory } from '../../inventory/inventory.ts'
import { type Member, Rendezvous } from './rendezvous.ts'

const ids = ['a', 'b', 'c'].map((text) => asId<VmId>(text))

/** Of an inventory, what a rendezvous uses: it notes each transaction. */
function notingInventory(fail: Error | null = null) {
  const transactions: { names: string[]; closes: readonly JournalId[] }[] = []
  const inventory = {
    get: (vmId: VmId) => ({ id: vmId, name: vmId }),
    async settled() {},
    changeAllNow(
      vmIds: readonly VmId[],
      edit: (document: VmDocument) => VmDocument,
      { closes = [] }: { closes?: readonly JournalId[] },
    ) {
      if (fail) throw fail
      const names = vmIds.map((vmId) => edit({ id: vmId, name: vmId } as unknown as VmDocument).name)
      transactions.push({ names, closes })
    },
  }
  return { transactions, inventory: inventory as unknown as Inventory }
}

const meeting = (inventory: Inventory, standStillLimitMs = Number.POSITIVE_INFINITY) =>
  new Rendezvous(ids, { inventory, clock: systemClock, freezeBudgetMs: 1000, standStillLimitMs })

const recordingOf = (vmId: VmId) => ({
  journalId: asId<JournalId>(`journal-${vmId}`),
  edit: (document: VmDocument) => ({ ...document, name: `changed ${vmId}` }),
})

test('nobody passes a point before all are there, and all are recorded in one transaction', async () => {
  const { inventory, transactions } = notingInventory()
  const rendezvous = meeting(inventory)
  const log: string[] = []
  const part = (vmId: VmId, delays: number) =>
    rendezvous.run(vmId, async (member) => {
      for (const point of ['ready', 'still', 'switched'] as const) {
        for (let count = 0; count < delays; count++) await soon()
        log.push(`${point} of ${vmId}`)
        await member[point]()
        log.push(`after ${point}`)
      }
      await member.record(recordingOf(vmId))
    })
  await Promise.all(ids.map((vmId, index) => part(vmId, 3 * index)))
  for (const point of ['ready', 'still', 'switched']) {
    const lastToCome = log.findLastIndex((line) => line.startsWith(`${point} of`))
    assert.ok(lastToCome < log.indexOf(`after ${point}`), log.join('; '))
  }
  assert.deepEqual(transactions, [
    { names: ['changed a', 'changed b', 'changed c'], closes: ['journal-a', 'journal-b', 'journal-c'] },
  ])
})

for (const where of ['ready', 'still', 'switched', 'record'] as const) {
  test(`one that fails at "${where}" fails all, wherever they wait, and nothing is recorded`, async () => {
    const { inventory, transactions } = notingInventory()
    const rendezvous = meeting(inventory)
    const failure = new Error('of its own')
    const signals: AbortSignal[] = []
    const part = (vmId: VmId) =>
      rendezvous.run(vmId, async (member: Member) => {
        signals.push(member.signal)
        for (const point of ['ready', 'still', 'switched', 'record'] as const) {
          if (point === where && vmId === 'b') {
            for (let count = 0; count < 5; count++) await soon()
            throw failure
          }
          if (point === 'record') await member.record(recordingOf(vmId))
          else await member[point]()
        }
      })
    const results = await Promise.allSettled(ids.map(part))
    assert.deepEqual(
      results.map((result) => result.status === 'rejected' && result.reason),
      [failure, failure, failure],
    )
    assert.deepEqual(rendezvous.failed, { vmId: 'b', error: failure })
    assert.ok(signals.length === 3 && signals.every((signal) => signal.reason === failure))
    assert.deepEqual(transactions, [])
  })
}

test('a record that cannot be written fails all, and is nobody’s own failure', async () => {
  const full = new Error('the disk is full')
  const rendezvous = meeting(notingInventory(full).inventory)
  const results = await Promise.allSettled(
    ids.map((vmId) => rendezvous.run(vmId, (member) => member.record(recordingOf(vmId)))),
  )
  assert.ok(results.every((result) => result.status === 'rejected' && result.reason === full))
  assert.deepEqual(rendezvous.failed, { vmId: null, error: full })
})

test('guests do not wait for ever for one that does not come to stand still, and the error names it', async () => {
  const rendezvous = meeting(notingInventory().inventory, 20)
  const never = Promise.withResolvers<void>()
  const parts = ids.map((vmId) =>
    rendezvous.run(vmId, async (member) => {
      await member.ready()
      if (vmId === 'c') await never.promise
      await member.still()
    }),
  )
  for (const part of parts.slice(0, 2)) {
    await assert.rejects(part, { code: 'timeout', message: /waiting for VM "c"/ })
  }
  never.resolve()
  await assert.rejects(parts[2] ?? Promise.resolve(), { code: 'timeout' })
})

test('who has failed already finds nobody to wait for', async () => {
  const rendezvous = meeting(notingInventory().inventory)
  const failure = new Error('at once')
  await assert.rejects(rendezvous.run(ids[0] as VmId, () => Promise.reject(failure)))
  await assert.rejects(
    rendezvous.run(ids[1] as VmId, (member) => member.ready()),
    failure,
  )
})

test('what is done in order is done in the order of the members, also behind one that fails', async () => {
  const rendezvous = meeting(notingInventory().inventory)
  const log: string[] = []
  await Promise.allSettled(
    ids.toReversed().map((vmId) =>
      rendezvous.run(vmId, (member) =>
        member.inOrder(async () => {
          log.push(`begin ${vmId}`)
          for (let count = 0; count < 3; count++) await soon()
          log.push(`end ${vmId}`)
          if (vmId === 'a') throw new Error('it could not go on')
        }),
      ),
    ),
  )
  assert.deepEqual(log, ['begin a', 'end a', 'begin b', 'end b', 'begin c', 'end c'])
})
