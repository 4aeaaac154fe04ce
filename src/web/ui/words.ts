/** `1 layer`, `2 layers`. */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

export function capitalized(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`
}

/** A reason, as the daemon's tables have them, as a sentence of its own. */
export function sentenceOf(reason: string): string {
  return `${capitalized(reason)}${/[.!?]$/.test(reason) ? '' : '.'}`
}
