import { useRef } from 'react'

/** Letters that follow each other faster than this are one name. */
const pauseMs = 700

/** Finds the row whose name is being typed. */
export function useTypeahead() {
  const typed = useRef({ text: '', atMs: 0 })
  const isUnderWay = () => typed.current.text !== '' && performance.now() - typed.current.atMs < pauseMs
  return {
    /** A blank is a part of a name then. */
    isUnderWay,
    /** From row `at` on; -1: none has such a name. */
    find(letter: string, names: readonly string[], at: number): number {
      const text = (isUnderWay() ? typed.current.text : '') + letter
      typed.current = { text, atMs: performance.now() }
      return typedIndex(names, text, at)
    },
  }
}

/**
 * The first name that begins with what was typed, from `at` on and round; one more letter goes on from the same row,
 * the same letter again goes to the next. -1: none.
 */
export function typedIndex(names: readonly string[], typed: string, at: number): number {
  const [first = '', ...others] = typed
  const isRepeated = others.every((letter) => letter === first)
  const wanted = (isRepeated ? first : typed).toLocaleLowerCase('en')
  const from = isRepeated ? at + 1 : Math.max(at, 0)
  for (let step = 0; step < names.length; step++) {
    const index = (from + step) % names.length
    if (names[index]?.toLocaleLowerCase('en').startsWith(wanted)) return index
  }
  return -1
}
