import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ModelVm } from '../../test/fixtures/disk-model.ts'
import { childrenOf } from '../disk/chain.ts'
import type { Layer } from '../disk/layer.ts'
import { namedLayers } from '../inventory/references.ts'

type Step =
  | { readonly kind: 'write'; readonly disk: number; readonly block: number; readonly value: number }
  | { readonly kind: 'create' | 'forget' }
  | { readonly kind: 'apply' | 'undo' | 'delete' | 'delete subtree' | 'merge'; readonly pick: number }
  /** Copies only some of the blocks: a merge that was cancelled. */
  | { readonly kind: 'begin merge'; readonly pick: number; readonly seed: number }

const pick = fc.nat(1000)
const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('write'),
      disk: fc.nat(2),
      block: fc.nat(5),
      value: fc.nat(9),
    }),
  },
  { weight: 4, arbitrary: fc.constant<Step>({ kind: 'create' }) },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: 'forget' }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constantFrom('apply', 'undo', 'delete', 'merge'), pick }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete subtree'), pick }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('begin merge'), pick, seed: pick }) },
)

const histories = fc.record({
  disks: fc.integer({ min: 1, max: 3 }),
  linked: fc.boolean(),
  steps: fc.array(steps, { minLength: 1, maxLength: 60, size: 'max' }),
})

const chosen = <T>(list: readonly T[], at: number): T | undefined => list[at % Math.max(1, list.length)]

function take(vm: ModelVm, step: Step): void {
  switch (step.kind) {
    case 'write':
      vm.write(step.disk, step.block, step.value)
      break
    case 'create':
      vm.create()
      break
    case 'forget':
      vm.forget()
      break
    case 'undo': {
      const discarded = chosen(vm.document.discarded, step.pick)
      if (discarded) vm.undo(discarded)
      break
    }
    case 'merge':
    case 'begin merge': {
      const action = chosen(vm.plan(), step.pick)
      const { seed = null } = 'seed' in step ? step : {}
      if (action) vm.perform(action, (block) => seed === null || (seed >> block) % 2 === 0)
      break
    }
    default: {
      const checkpoint = chosen(vm.document.checkpoints, step.pick)
      if (!checkpoint) break
      if (step.kind === 'apply') vm.apply(checkpoint)
      else vm.delete(checkpoint, step.kind === 'delete subtree')
    }
  }
}

function grow({ disks, linked, steps: history }: { disks: number; linked: boolean; steps: Step[] }): ModelVm {
  const vm = new ModelVm(disks, linked)
  for (const step of history) {
    take(vm, step)
    vm.check()
  }
  return vm
}

test('whatever is created, applied, undone, deleted and merged, in any order, nothing that is left reads differently', () => {
  const property = fc.property(histories, (history) => {
    grow(history)
  })
  fc.assert(property, { numRuns: 400 })
})

test('when all merges are done, no internal layer is left that one or no layer needs', () => {
  fc.assert(
    fc.property(histories, pick, (history, order) => {
      const vm = grow(history)
      let rounds = 0
      for (let plan = vm.plan(); plan.length > 0; plan = vm.plan()) {
        const action = chosen(plan, order)
        assert.ok(action)
        vm.perform(action)
        vm.check()
        assert.ok(++rounds < 1000, 'the merges come to an end')
      }
      const { layers } = vm.document
      const named = namedLayers(vm.document)
      const children = childrenOf(layers)
      for (const layer of Object.values<Layer>(layers)) {
        const count = children.get(layer.id)?.length ?? 0
        assert.ok(
          named.has(layer.id) || count >= 2,
          `layer ${layer.id} is internal and has ${count} children`,
        )
      }
    }),
    { numRuns: 300 },
  )
})

test('each merge leaves one layer less, so there are never more merges than layers', () => {
  fc.assert(
    fc.property(histories, (history) => {
      const vm = grow(history)
      for (let [action] = vm.plan(); action; [action] = vm.plan()) {
        const before = Object.keys(vm.document.layers).length
        vm.perform(action)
        assert.equal(Object.keys(vm.document.layers).length, before - 1)
      }
    }),
    { numRuns: 100 },
  )
})

test('a delete copies nothing, and where several layers stand on the deleted one, nothing will be copied for it', () => {
  let branched = 0
  fc.assert(
    fc.property(histories, pick, (history, which) => {
      const vm = grow(history)
      const checkpoint = chosen(vm.document.checkpoints, which)
      if (!checkpoint) return
      const children = childrenOf(vm.document.layers)
      const shared = Object.values(checkpoint.disks).filter((id) => (children.get(id)?.length ?? 0) > 1)
      const before = vm.allocated()
      vm.delete(checkpoint, false)
      vm.check()
      assert.equal(vm.allocated(), before)
      for (const id of shared) {
        branched++
        assert.ok(vm.plan().every((action) => action.kind === 'unlink' || action.lower.id !== id))
        assert.ok(vm.document.layers[id], 'the shared layer stays')
      }
    }),
    { numRuns: 300 },
  )
  assert.ok(branched > 20, `only ${branched} of the deletes were of a node with several children`)
})

test('a linked base is never unlinked and never becomes needless, whatever happens above it', () => {
  fc.assert(
    fc.property(histories, (history) => {
      const vm = grow({ ...history, linked: true })
      for (let [action] = vm.plan(); action; [action] = vm.plan()) {
        if (action.kind === 'unlink') assert.ok(!action.layer.linked)
        else assert.ok(!action.lower.linked || action.direction === 'down')
        assert.ok(action.kind === 'unlink' || !action.child.linked)
        vm.perform(action)
        vm.check()
      }
      const bases = Object.values<Layer>(vm.document.layers).filter((layer) => layer.linked)
      assert.equal(bases.length, history.disks)
    }),
    { numRuns: 200 },
  )
})
