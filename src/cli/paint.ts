import type { WriteStream } from 'node:tty'
import { styleText } from 'node:util'

/** Colours text, unless the stream is no terminal or `NO_COLOR` is set. */
export type Paint = (format: Parameters<typeof styleText>[0], text: string) => string

export function createPaint(stream: WriteStream): Paint {
  return (format, text) => styleText(format, text, { stream })
}
