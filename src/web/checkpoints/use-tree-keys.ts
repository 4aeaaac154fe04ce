import { getHotkeyHandler } from '@mantine/hooks'
import type { KeyboardEvent } from 'react'
import type { Action } from '../actions/action.ts'
import { runAction } from '../actions/run-action.ts'
import { nowId } from '../app/main-search.ts'
import { useTypeahead } from '../ui/typeahead.ts'
import { nameOf } from './tree-item.ts'
import { moveOf } from './tree-keys.ts'
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

/** The keys of the tree: to walk it, to type a name, to open the details, and those of the actions. */
export function useTreeKeys({ rows, index, actions, onGo, onToggle, onOpen }: Options) {
  const typed = useTypeahead()

  return (event: KeyboardEvent<HTMLElement>) => {
    const { key, ctrlKey, metaKey, altKey } = event
    getHotkeyHandler(
      actions.flatMap((action) =>
        action.hotkey === undefined
          ? []
          : [
              [action.hotkey, () => runAction(action)] as [string, () => void], // a pair
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
    if ([...key].length !== 1 || (key === ' ' && !typed.isUnderWay())) return
    const names = rows.map(({ item }) => nameOf(item))
    const found = typed.find(key, names, index)
    if (found < 0) return // a key of the page, say
    event.preventDefault()
    onGo(found)
  }
}
