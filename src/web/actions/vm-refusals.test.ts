import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { VmView } from '../../contract/vm.ts'
import { vmRow } from '../testing/examples.ts'
import { refusalOfAll, type VmDeed } from './vm-refusals.ts'

const off = vmRow({ id: '1', name: 'off', state: 'off', startedAt: null, display: 'vnc' })
const on = vmRow({ id: '2', name: 'on', display: 'vnc' })
const paused = vmRow({ id: '3', name: 'paused', state: 'paused' })
const broken = vmRow({ id: '4', name: 'bad', state: 'broken', brokenReason: 'The disk is gone.' })
/** What refusals look at. */
const view = (change: object) =>
  ({
    settings: { checkpointPolicy: 'Production', maxCheckpoints: null, undoHours: 24 },
    nowParentId: 'c1',
    undo: {},
    ...change,
  }) as VmView

test('one VM: what its state forbids is refused with the reason, as a sentence', () => {
  assert.equal(refusalOfAll('start', [off], null), null)
  assert.equal(refusalOfAll('start', [on], null), 'The VM is already running.')
  assert.equal(refusalOfAll('start', [paused], null), 'The VM is paused; resume it instead.')
  assert.equal(refusalOfAll('shut-down', [off], null), 'The VM is already off.')
  assert.equal(refusalOfAll('remove', [on], null), 'The VM is running.')
  assert.equal(refusalOfAll('settings', [on], null), null)
})

test('a screen needs a display, and a VM that is on', () => {
  assert.equal(refusalOfAll('connect', [on], null), null)
  assert.match(refusalOfAll('connect', [off], null) ?? '', /is off/)
  assert.match(refusalOfAll('connect', [paused], null) ?? '', /no display/)
})

test('a broken VM says why; it can still be put back, stopped and removed', () => {
  assert.equal(refusalOfAll('start', [broken], null), 'The VM is broken: The disk is gone.')
  assert.equal(refusalOfAll('checkpoint', [broken], null), 'The VM is broken: The disk is gone.')
  for (const deed of ['turn-off', 'remove', 'settings', 'rename'] satisfies VmDeed[])
    assert.equal(refusalOfAll(deed, [broken], null), null)
  assert.equal(refusalOfAll('revert', [broken], view({})), null)
})

test('what is under way is not begun twice', () => {
  const starting = { ...off, status: 'Starting (0%)' }
  assert.equal(refusalOfAll('start', [starting], null), 'This is under way: Starting (0%).')
  const stopping = { ...on, status: 'Stopping (0%)' }
  assert.match(refusalOfAll('shut-down', [stopping], null) ?? '', /under way/)
  assert.equal(refusalOfAll('turn-off', [stopping], null), null, 'a guest that does not shut down')
})

test('checkpoints need a policy, a revert its checkpoint, an undo something that was discarded', () => {
  assert.match(
    refusalOfAll(
      'checkpoint',
      [on],
      view({ settings: { checkpointPolicy: 'Disabled', maxCheckpoints: null } }),
    ) ?? '',
    /disabled/,
  )
  assert.equal(refusalOfAll('checkpoint', [on], view({})), null)
  const onlyProduction = view({ settings: { checkpointPolicy: 'ProductionOnly', maxCheckpoints: null } })
  assert.match(refusalOfAll('checkpoint', [paused], onlyProduction) ?? '', /^The VM is paused, so its guest/)
  const full = view({ settings: { checkpointPolicy: 'Standard', maxCheckpoints: 2 } })
  assert.match(refusalOfAll('checkpoint', [{ ...on, checkpointCount: 2 }], full) ?? '', /settings allow 2\.$/)
  assert.match(refusalOfAll('revert', [on], view({ nowParentId: null })) ?? '', /no checkpoint/)
  assert.match(refusalOfAll('undo', [on], view({ undo: null })) ?? '', /nothing to undo/)
  const keepsNothing = view({ undo: null, settings: { undoHours: 0 } })
  assert.match(refusalOfAll('undo', [on], keepsNothing) ?? '', /0 hours/)
  assert.equal(refusalOfAll('undo', [on], view({})), null)
})

test('several VMs: possible for all, or the first reason with its name; some are for one only', () => {
  assert.equal(refusalOfAll('start', [off, on, paused], null), 'on: The VM is already running.')
  assert.equal(refusalOfAll('checkpoint', [off, on], null), null)
  assert.match(refusalOfAll('rename', [off, on], null) ?? '', /one virtual machine at a time/)
  assert.match(refusalOfAll('start', [], null) ?? '', /Choose/)
})
