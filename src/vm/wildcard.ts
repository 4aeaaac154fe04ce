import { nameKey } from './name.ts'

type Token =
  | { readonly kind: 'any-text' }
  | { readonly kind: 'any-character' }
  | {
      readonly kind: 'one-of'
      readonly isNegated: boolean
      readonly spans: readonly (readonly [string, string])[]
    }
  | { readonly kind: 'character'; readonly character: string }

/** Whether `text` is a pattern and not only a name. */
export function hasWildcards(text: string): boolean {
  return tokensOf(text).some(({ kind }) => kind !== 'character')
}

/**
 * A function that tells which names match: `*` is any text, `?` one character, `[a-c]` one of these, `[!a-c]` one
 * that is none of these; a bracket that is not closed is itself. Without regard to case.
 *
 * The time is at most the length of the pattern times that of the name: a star is only ever widened, and only the
 * last one, so that no pattern can keep a daemon busy.
 */
export function nameMatcher(pattern: string): (name: string) => boolean {
  const tokens = tokensOf(nameKey(pattern))
  return (name) => matches(tokens, [...nameKey(name)])
}

function matches(tokens: readonly Token[], text: readonly string[]): boolean {
  let [token, at] = [0, 0]
  let star: { readonly token: number; at: number } | null = null
  while (at < text.length) {
    const present = tokens[token]
    if (present?.kind === 'any-text') {
      star = { token: ++token, at }
    } else if (present && takes(present, text[at] ?? '')) {
      token++
      at++
    } else if (star) {
      // The star takes one character more, and what follows it is tried again from there.
      token = star.token
      at = ++star.at
    } else {
      return false
    }
  }
  return tokens.slice(token).every(({ kind }) => kind === 'any-text')
}

function takes(token: Token, character: string): boolean {
  switch (token.kind) {
    case 'character':
      return token.character === character
    case 'one-of':
      return token.spans.some(([from, to]) => from <= character && character <= to) !== token.isNegated
    default:
      return true
  }
}

function tokensOf(pattern: string): Token[] {
  const characters = [...pattern]
  const tokens: Token[] = []
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? ''
    const set = character === '[' ? setAt(characters, at) : null
    if (set) {
      tokens.push(set.token)
      at = set.end
    } else if (character === '*') tokens.push({ kind: 'any-text' })
    else if (character === '?') tokens.push({ kind: 'any-character' })
    else tokens.push({ kind: 'character', character })
  }
  return tokens
}

/** What stands between the brackets; a closing one that comes first is meant itself. Null when none closes it. */
function setAt(characters: readonly string[], start: number): { token: Token; end: number } | null {
  const isNegated = characters[start + 1] === '!'
  const first = start + (isNegated ? 2 : 1)
  const end = characters.indexOf(']', first + 1)
  if (end < 0) return null
  const spans: [string, string][] = []
  for (let at = first; at < end; at++) {
    const from = characters[at] ?? ''
    const isSpan = characters[at + 1] === '-' && at + 2 < end
    spans.push([from, isSpan ? (characters[at + 2] ?? '') : from])
    if (isSpan) at += 2
  }
  return { token: { kind: 'one-of', isNegated, spans }, end }
}
