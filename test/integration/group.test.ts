import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { GroupApplyResult, GroupCheckpointResult } from '../../src/contract/group.ts'
import { TestDaemon } from '../fixtures/daemon.ts'
import { strayFiles } from '../fixtures/images.ts'
import { type Log, Pair } from '../fixtures/pair.ts'

const failingHook = '/etc/qemu/fsfreeze-hook.d/zz-fail'

const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1)

/** What holds at every instant of the pair, and so must hold in a checkpoint of both. */
function requireOneInstant(writer: Log, replica: Log): void {
  const last = { written: writer.written.length, replicated: replica.written.length }
  assert.deepEqual(writer.written, upTo(last.written), 'the writer has all of its numbers')
  assert.deepEqual(replica.written, upTo(last.replicated), 'the replica has all of its numbers')
  assert.ok(last.replicated <= last.written, `the replica is ahead: ${JSON.stringify(last)}`)
  const acknowledged = writer.acknowledged.at(-1) ?? 0
  assert.ok(acknowledged <= last.replicated, `${acknowledged} was acknowledged, ${last.replicated} is there`)
  assert.ok(last.written - last.replicated <= 1, 'the writer waits for each acknowledgement')
}

/** A writer and its replica, which talk to each other over the network while they are saved and put back. */
describe('A writer and its replica', () => {
  let daemon: TestDaemon
  let pair: Pair

  before(async () => {
    daemon = await TestDaemon.start()
    pair = await Pair.create(daemon)
    await pair.boot()
    await daemon.client.createGroup({ name: 'pair', vms: ['writer', 'replica'] })
  })
  after(() => daemon[Symbol.asyncDispose]())

  const setPolicy = (checkpointPolicy: 'Standard' | 'Production' | 'ProductionOnly') =>
    Promise.all(pair.vms.map(({ name }) => daemon.client.updateVm(name, { settings: { checkpointPolicy } })))
  const create = async (name: string) =>
    (await daemon.done(daemon.client.createGroupCheckpoint('pair', { name }))).result as GroupCheckpointResult
  const apply = async (name: string) =>
    (await daemon.done(daemon.client.applyGroup('pair', name, { confirm: true }))).result as GroupApplyResult

  it('are saved at one instant by production checkpoints, while they count', async () => {
    await pair.count()
    for (const name of ['first', 'second', 'third']) {
      const { checkpoint, spanMs } = await create(name)
      for (const { vmName, checkpoint: made } of checkpoint.checkpoints) {
        assert.equal(made.kind, 'production', `${vmName}: ${made.record.fallbackReason}`)
        assert.ok((made.record.frozenMs ?? 0) > 0)
        assert.ok((made.record.frozenMs ?? 0) <= (spanMs ?? 0) + 1)
      }
      await pair.reached((await pair.last()) + 3)
    }
  })

  it('are back at one instant after each of them was applied: the replica is never ahead', async () => {
    const counts: number[] = []
    for (const name of ['third', 'first', 'second']) {
      const { applied } = await apply(name)
      assert.ok(applied.every(({ state }) => state === 'off'))
      const [writer, replica] = await Promise.all(pair.vms.map((vm) => pair.logOnDisk(vm)))
      assert.ok(writer && replica)
      requireOneInstant(writer, replica)
      counts.push(writer.written.length)
    }
    const [third = 0, first = 0, second = 0] = counts
    assert.ok(0 < first && first < second && second < third, `${counts}`)
  })

  it('are not at one instant in checkpoints that were taken one after the other', async () => {
    await pair.boot()
    await pair.count()
    for (const { name } of pair.vms) {
      await daemon.done(daemon.client.createCheckpoint(name, { name: 'alone' }))
      await pair.reached((await pair.last()) + 3)
    }
    for (const { name } of pair.vms)
      await daemon.done(daemon.client.applyCheckpoint(name, 'alone', { confirm: true, confirmGuards: true }))
    const [writer, replica] = await Promise.all(pair.vms.map((vm) => pair.logOnDisk(vm)))
    assert.ok(writer && replica)
    assert.throws(() => requireOneInstant(writer, replica), /the replica is ahead/)
  })

  it('go on counting together from a standard checkpoint, as if nothing had happened', async () => {
    await pair.boot()
    await setPolicy('Standard')
    await pair.count()
    for (const name of ['running 1', 'running 2']) {
      const { checkpoint } = await create(name)
      assert.deepEqual(
        checkpoint.checkpoints.map(({ checkpoint: made }) => [made.kind, made.record.captureReason]),
        pair.vms.map(() => ['standard', null]),
      )
      await pair.reached((await pair.last()) + 3)
    }
    for (const name of ['running 2', 'running 1']) {
      await Promise.all(pair.vms.map((vm) => vm.run('echo later >/tmp/later')))
      const { applied } = await apply(name)
      assert.deepEqual(
        applied.map(({ vmName, state }) => [vmName, state]),
        [
          ['writer', 'running'],
          ['replica', 'running'],
        ],
      )
      for (const vm of pair.vms)
        assert.equal(await vm.run('ls /tmp/later 2>/dev/null || echo none'), 'none\n')
      // Their connection is one of that instant, too: it would break if one of them knew more than the other.
      await pair.reached((await pair.last()) + 5)
      await pair.writer.run('killall nc')
      const [writer, replica] = await Promise.all(pair.vms.map((vm) => pair.logOf(vm)))
      assert.ok(writer && replica)
      requireOneInstant(writer, replica)
    }
  })

  it('all go on, with nothing left over, when one of them refuses to freeze', async () => {
    await setPolicy('ProductionOnly')
    await pair.replica.run(`printf '#!/bin/sh\\n[ "$1" = thaw ]' >${failingHook}; chmod +x ${failingHook}`)
    await pair.writer.run('rm -f /tmp/hook.log')
    const before = await daemon.client.listGroupCheckpoints('pair')
    await assert.rejects(create('refused'), {
      code: 'production_impossible',
      message:
        /VM "writer" allows production checkpoints only.*VM "replica" could not take part.*refused to freeze/,
    })
    assert.deepEqual(await daemon.client.listGroupCheckpoints('pair'), before)
    for (const vm of pair.vms) {
      assert.equal(await vm.run('echo usable >/mnt/a/f && sync && cat /mnt/a/f'), 'usable\n')
      await daemon.settled(vm.name)
      assert.deepEqual(await strayFiles(await vm.document(), join(daemon.home, 'vms', vm.id)), [])
    }
    const calls = (await pair.writer.run('cat /tmp/hook.log')).match(/freeze|thaw/g)
    assert.deepEqual(calls, ['freeze', 'thaw'], 'the other one had been frozen, and was thawed')
    await pair.replica.run(`rm ${failingHook}`)
  })

  it('fall back together when the agent of one is silent, and each says why', async () => {
    await setPolicy('Production')
    await pair.replica
      .run('agent=$(pidof qemu-ga); (sleep 15; kill -CONT $agent) >/dev/null 2>&1 & kill -STOP $agent')
      .catch(() => {}) // nobody is left to answer
    const { checkpoint } = await create('fallback')
    const [writer, replica] = checkpoint.checkpoints.map(({ checkpoint: made }) => made)
    assert.deepEqual([writer?.kind, replica?.kind], ['standard', 'standard'])
    assert.match(replica?.record.fallbackReason ?? '', /^VM "replica" could not take part/)
    assert.match(writer?.record.fallbackReason ?? '', /same kind: VM "replica" could not take part/)
    assert.equal(writer?.createdAt, replica?.createdAt)
  })
})
