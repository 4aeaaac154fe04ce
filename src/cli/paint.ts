import type { WriteStream } from 'node:tty'
import { type InspectColor, styleText } from 'node:util'

/** Colours text, unless the stream is no terminal or `NO_COLOR` is set. */
export type Paint = (format: InspectColor | readonly InspectColor[], text: string) => string

export function createPaint(stream: WriteStream): Paint {
  return (format, text) => styleText(format, text, { stream })
}
