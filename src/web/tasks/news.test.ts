import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkpoint, task } from '../testing/examples.ts'
import { newsOf } from './news.ts'

const ended = { state: 'succeeded', percent: 100, endedAt: '2026-11-20T08:18:00.000Z' } as const
const record = checkpoint().record
const messages = (...parts: Parameters<typeof newsOf>) => newsOf(...parts).map(({ message }) => message)

test('a checkpoint that is what was asked for is no news', () => {
  assert.deepEqual(newsOf(task({ ...ended, result: checkpoint() })), [])
  assert.deepEqual(newsOf(task({ ...ended, kind: 'vm.start', result: {} })), [])
})

test('a fallback, a crash-consistent result, a stopped guest, a failed hook and a risk are news, each by itself', () => {
  const made = checkpoint({
    kind: 'standard',
    record: {
      ...record,
      fallbackReason: 'The guest agent does not answer.',
      captureReason: 'QEMU cannot save memory in the background.',
      pauseMs: 812,
      consistency: 'crash',
      applications: [{ name: 'PostgreSQL', outcome: 'failed', prepareMs: 3, detail: 'no such role' }],
      guards: [
        {
          guard: 'domain-controller',
          action: 'confirm',
          evidence: 'the tag role:domain-controller',
          confirmed: true,
        },
      ],
    },
  })
  const words = [
    'is a standard one: The guest agent does not answer.',
    'stopped the guest for 812 ms: QEMU cannot save memory in the background.',
    'is crash-consistent: the VM had not been shut down cleanly.',
    'is not application consistent. PostgreSQL: no such role',
    'was created though going back in time is a risk for its guest, a domain controller (the tag role:domain-controller). The risk was confirmed.',
  ].map((each) => `Checkpoint "Before the patch" of VM "web01" ${each}`)
  assert.deepEqual(messages(task({ ...ended, result: made })), words)
  const set = { checkpoint: { checkpoints: [{ vmId: 'a1', vmName: 'web01', checkpoint: made }] } }
  assert.deepEqual(messages(task({ ...ended, kind: 'group.checkpoint', vmName: null, result: set })), words)
})

test('an apply says what was discarded can be brought back, and what became of the checkpoint before it', () => {
  const result = {
    checkpoint: checkpoint(),
    created: checkpoint({ record: { ...record, consistency: 'crash' } }),
    undo: { stateId: 's1', expiresAt: '2026-11-21T08:17:35.000Z' },
  }
  const news = newsOf(task({ ...ended, kind: 'checkpoint.apply', result }))
  assert.deepEqual(
    news.map(({ level }) => level),
    ['warning', 'info'],
  )
  assert.equal(news[1]?.undo?.expiresAt, '2026-11-21T08:17:35.000Z')
  assert.deepEqual(
    newsOf(task({ ...ended, kind: 'checkpoint.apply', result: { ...result, created: null, undo: null } })),
    [],
  )
})

test('warnings of an import are about the VM that it made', () => {
  const result = { vm: { id: 'b2' }, warnings: ['The network "office" is unknown here.'] }
  const [news] = newsOf(task({ ...ended, kind: 'vm.import', vmId: null, vmName: null, result }))
  assert.deepEqual([news?.vmId, news?.level], ['b2', 'warning'])
})
