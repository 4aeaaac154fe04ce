import { getHotkeyHandler } from '@mantine/hooks'
import { type KeyboardEvent, useRef } from 'react'
import type { Action } from '../actions/action.ts'
import { showRefusal } from './show-refusal.ts'
import { nowId } from './tree-item.ts'
import { moveOf, typedRow } from './tree-keys.ts'
import type { TreeRow } from './tree-layout.ts'

interface Options {
  readonly rows: readonly TreeRow[]
  /** Of the chosen row; -1: none is. */
  readonly index: number
  readonly actions: readonly Action[]
  onGo(index: number): void
  onToggle(id: string): void
  onOpen(): void
}

/** Letters that follow each other faster than this are one word. */
const typingMs = 700

/** The keys of the tree: to walk it, to type a name, to open the details, and those of the actions. */
export function useTreeKeys({ rows, index, actions, onGo, onToggle, onOpen }: Options) {
  const typed = useRef({ text: '', atMs: 0 })

  return (event: KeyboardEvent<HTMLElement>) => {
    const { key, ctrlKey, metaKey, altKey } = event
    getHotkeyHandler(
      actions.flatMap((action) =>
        action.hotkey === undefined
          ? []
          : [
              [
                action.hotkey,
                () => (action.refusal === null ? action.run() : showRefusal(action.label, action.refusal)),
              ] as [string, () => void], // a pair
            ],
      ),
    )(event)
    if (event.isDefaultPrevented() || ctrlKey || metaKey || altKey) return
    if (key === 'Enter' && index >= 0) {
      event.preventDefault()
      return onOpen()
    }
    // Nothing is chosen yet: any step begins at Now.
    const move =
      index < 0 && key.startsWith('Arrow')
        ? ({ kind: 'go', index: rows.findIndex(({ item }) => item.id === nowId) } as const)
        : moveOf(key, rows, index)
    if (move) {
      event.preventDefault()
      return move.kind === 'go' ? onGo(move.index) : onToggle(move.id)
    }
    if (key.length !== 1 || (key === ' ' && typed.current.text === '')) return
    const { text, atMs } = typed.current
    const next = event.timeStamp - atMs < typingMs ? text + key : key
    typed.current = { text: next, atMs: event.timeStamp }
    const found = typedRow(next, rows, index)
    if (found < 0) return // a key of the page, say
    event.preventDefault()
    onGo(found)
  }
}
