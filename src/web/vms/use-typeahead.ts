import { useRef } from 'react'
import type { VmRow } from '../../contract/vm.ts'
import { typedIndex } from './walk.ts'

/** Letters that come faster than this are one name. */
const pauseMs = 700

/** Finds the VM whose name is being typed. */
export function useTypeahead(rows: readonly VmRow[]) {
  const typed = useRef({ text: '', atMs: 0 })
  const isUnderWay = () => typed.current.text !== '' && performance.now() - typed.current.atMs < pauseMs
  return {
    /** A blank is a part of a name then. */
    isUnderWay,
    find(letter: string, cursor: number): number {
      const text = (isUnderWay() ? typed.current.text : '') + letter
      typed.current = { text, atMs: performance.now() }
      return typedIndex(
        rows.map(({ name }) => name),
        text,
        cursor,
      )
    },
  }
}
