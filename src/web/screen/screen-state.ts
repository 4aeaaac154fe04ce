import type { VmView } from '../../contract/vm.ts'

/** What the page has in its middle. */
export type ScreenState =
  | { readonly kind: 'broken'; readonly reason: string }
  | { readonly kind: 'no-display' }
  | { readonly kind: 'off' }
  /** The picture; `standsStill` says why it does not move. */
  | { readonly kind: 'picture'; readonly standsStill: 'paused' | 'stuck' | null }

export function screenStateOf({
  state,
  display,
  brokenReason,
}: Pick<VmView, 'state' | 'display' | 'brokenReason'>): ScreenState {
  if (state === 'broken') return { kind: 'broken', reason: brokenReason ?? 'The VM is not in order.' }
  if (display === 'none') return { kind: 'no-display' }
  if (state === 'off') return { kind: 'off' }
  return { kind: 'picture', standsStill: state === 'running' ? null : state }
}
