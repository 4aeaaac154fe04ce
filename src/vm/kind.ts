import type { ErrorCode } from '../core/error-registry.ts'
import type { CheckpointKind, CheckpointPolicy } from './config.ts'
import type { PowerState } from './power.ts'

export type KindChoice =
  | {
      readonly kind: CheckpointKind
      readonly fallback: CheckpointKind | null
      readonly fallbackReason: string | null
    }
  | { readonly kind: null; readonly code: ErrorCode; readonly reason: string }

/**
 * Which kind to make, and which one when the guest cannot take part. The daemon goes by it, the console tells it before.
 *
 * | policy | off | running | paused |
 * |---|---|---|---|
 * | Disabled | refused | refused | refused |
 * | Standard | offline | standard | standard |
 * | Production | offline | production, else standard | standard |
 * | ProductionOnly | offline | production | refused |
 */
export function chooseKind(policy: CheckpointPolicy, state: PowerState): KindChoice {
  if (policy === 'Disabled') {
    return {
      kind: null,
      code: 'policy_disabled',
      reason: 'checkpoints are disabled for it; change its checkpoint policy first',
    }
  }
  if (state === 'off') return { kind: 'offline', fallback: null, fallbackReason: null }
  if (policy === 'Standard') return { kind: 'standard', fallback: null, fallbackReason: null }
  if (state === 'paused') {
    const reason = 'the VM is paused, so its guest cannot take part'
    if (policy === 'Production') return { kind: 'standard', fallback: null, fallbackReason: reason }
    return {
      kind: null,
      code: 'production_impossible',
      reason: `${reason}, and its policy allows production checkpoints only`,
    }
  }
  return { kind: 'production', fallback: policy === 'Production' ? 'standard' : null, fallbackReason: null }
}
