import type RFB from '@novnc/novnc'
import { type Key, type Keystroke, keys } from './keystrokes.ts'

/** A PS/2 keyboard holds 16 bytes, and an emulated guest takes its time to fetch them: faster typing loses keys. */
const strokeMs = 30

/** Types as a person would, one key after the other, until it is done or the signal says so. */
export async function typeText(
  rfb: RFB,
  strokes: readonly Keystroke[],
  onTyped: (count: number) => void,
  signal: AbortSignal,
): Promise<void> {
  for (const [index, stroke] of strokes.entries()) {
    if (signal.aborted) return
    press(rfb, stroke.isShifted ? [keys.shiftLeft, stroke] : [stroke])
    onTyped(index + 1)
    await new Promise((resolve) => setTimeout(resolve, strokeMs))
  }
}

/** All at once: down in this order, up in the other. */
export function press(rfb: RFB, combination: readonly Key[]): void {
  for (const { keysym, code } of combination) rfb.sendKey(keysym, code, true)
  for (const { keysym, code } of combination.toReversed()) rfb.sendKey(keysym, code, false)
}
