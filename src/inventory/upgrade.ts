import { defaultSettings } from '../vm/settings.ts'

/** Fields that documents of format 1 did not have from the beginning, with what their absence meant. */
export function upgradeDocument(value: unknown): unknown {
  if (!isRecord(value)) return value
  const instance = (each: unknown) => (isRecord(each) ? { loading: null, ...each } : each)
  const hardware = (each: unknown) =>
    isRecord(each) ? { memoryBacking: 'normal', tpm: 'none', generationDevice: false, ...each } : each
  const record = (each: unknown) => (isRecord(each) ? { applications: [], guards: [], ...each } : each)
  const memory = (each: unknown) => (isRecord(each) ? { sources: [], ...each } : each)
  const checkpoint = (each: unknown) =>
    isRecord(each)
      ? {
          ...{ tpmState: null, automatic: false, expiresAt: null, group: null },
          ...each,
          hardware: hardware(each.hardware),
          memory: memory(each.memory),
          record: record(each.record),
        }
      : each
  return {
    ...{ keptImages: [], tags: [], tpmFolder: null, discarded: [], lastApply: null },
    generationId: isRecord(value.hardware) ? value.hardware.systemUuid : undefined,
    ...value,
    settings: isRecord(value.settings) ? { ...defaultSettings, ...value.settings } : value.settings,
    hardware: hardware(value.hardware),
    instance: instance(value.instance),
    ...(Array.isArray(value.retiring) && { retiring: value.retiring.map(instance) }),
    ...(Array.isArray(value.checkpoints) && { checkpoints: value.checkpoints.map(checkpoint) }),
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
