/** Fields that documents of format 1 did not have from the beginning, with what their absence meant. */
export function upgradeDocument(value: unknown): unknown {
  if (!isRecord(value)) return value
  const instance = (each: unknown) => (isRecord(each) ? { loading: null, ...each } : each)
  const hardware = (each: unknown) => (isRecord(each) ? { memoryBacking: 'normal', ...each } : each)
  const memory = (each: unknown) => (isRecord(each) ? { sources: [], ...each } : each)
  const checkpoint = (each: unknown) =>
    isRecord(each) ? { ...each, hardware: hardware(each.hardware), memory: memory(each.memory) } : each
  return {
    keptImages: [],
    ...value,
    hardware: hardware(value.hardware),
    instance: instance(value.instance),
    ...(Array.isArray(value.retiring) && { retiring: value.retiring.map(instance) }),
    ...(Array.isArray(value.checkpoints) && { checkpoints: value.checkpoints.map(checkpoint) }),
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
