import type { UpdateVm, VmView } from '../../../contract/vm.ts'
import type { ChangeVms, VmSettings } from '../../../contract/vm-settings.ts'
import type { Settings } from '../../../vm/settings.ts'

/** What several VMs have each in its own way. */
export const mixed = Symbol('mixed')

type Hardware = Pick<
  VmView,
  'memoryMiB' | 'memoryBacking' | 'cpus' | 'network' | 'display' | 'generationDevice'
>

/** All that the dialog can change; of several VMs, settings and tags that are added or taken away. */
export interface Values extends Settings, Hardware {
  readonly name: string
  readonly tags: readonly string[]
  readonly addTags: readonly string[]
  readonly removeTags: readonly string[]
}

export type Key = keyof Values
/** How it is; what is absent cannot be changed. */
export type Original = { readonly [K in Key]?: Values[K] | typeof mixed }
/** What was entered: NaN where a number is missing. */
export type Draft = Partial<Values>

/** Complete by its type: a setting that is new is a type error here. */
const settingKeys: Readonly<Record<keyof Settings, true>> = {
  checkpointPolicy: true,
  syncClockAfterApply: true,
  freezeBudgetMs: true,
  automaticCheckpoints: true,
  checkpointLocation: true,
  undoHours: true,
  maxCheckpoints: true,
  maxCheckpointAgeDays: true,
  maxCheckpointBytes: true,
  mergeBandwidthMiBps: true,
  mergeQuietHours: true,
  guards: true,
}
const isSetting = (key: string): key is keyof Settings => key in settingKeys

export function originalOfOne(vm: VmView): Original {
  const { name, tags, memoryMiB, memoryBacking, cpus, network, display, generationDevice } = vm
  return { ...vm.settings, name, tags, memoryMiB, memoryBacking, cpus, network, display, generationDevice }
}

export function originalOfMany(vms: readonly VmSettings[]): Original {
  const [first, ...others] = vms
  if (!first) return {}
  const settings = Object.entries(first.settings).map(([key, value]) => {
    const isCommon = !isSetting(key) || others.every((vm) => isSame(vm.settings[key], value))
    return [key, isCommon ? value : mixed]
  })
  return { ...Object.fromEntries(settings), addTags: [], removeTags: [] }
}

/** What differs from how it is. */
export function changesOf(original: Original, draft: Draft): Draft {
  const changed = Object.entries(draft).filter(
    ([key, value]) => !isSame(original[key as Key], key === 'name' ? String(value).trim() : value), // a key of Draft
  )
  return Object.fromEntries(changed)
}

/** What is sent for one VM. */
export function requestForOne(changes: Draft): UpdateVm {
  const { settings, others } = divided(changes)
  return {
    ...others,
    ...(changes.name !== undefined && { name: changes.name.trim() }),
    ...(Object.keys(settings).length > 0 && { settings }),
  }
}

/** What is sent for several. */
export function requestForMany(vmIds: readonly string[], changes: Draft): ChangeVms {
  const { addTags = [], removeTags = [] } = changes
  return {
    select: { names: [...vmIds] },
    settings: divided(changes).settings,
    addTags: [...addTags],
    removeTags: [...removeTags],
  }
}

function divided(changes: Draft) {
  const entries = Object.entries(changes)
  return {
    settings: Object.fromEntries(entries.filter(([key]) => isSetting(key))),
    others: Object.fromEntries(entries.filter(([key]) => !isSetting(key))),
  }
}

/** Of plain values; the order of an object's keys says nothing. */
function isSame(a: unknown, b: unknown): boolean {
  return a === b || written(a) === written(b)
}

const written = (value: unknown): string =>
  JSON.stringify(value, (_key, each) => {
    if (typeof each === 'symbol' || Number.isNaN(each)) return String(each)
    const isObject = typeof each === 'object' && each !== null && !Array.isArray(each)
    return isObject ? Object.fromEntries(Object.entries(each).toSorted()) : each
  }) ?? ''
