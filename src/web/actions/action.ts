import type { ComponentType } from 'react'

/** Something that can be done with what is chosen: an entry of the right pane, of right-click menus, and a key. */
export interface Action {
  readonly id: string
  /** `Apply…`: dots where a dialog follows. */
  readonly label: string
  readonly icon: ComponentType<{ size?: number | string }>
  /** As `useHotkeys` of Mantine writes it: `F2`, `Delete`, `mod+Enter`. */
  readonly hotkey?: string
  readonly isDangerous?: boolean
  /** Why it cannot be done now, shown beside it; null: it can. */
  readonly refusal: string | null
  run(): void
}

export interface ActionGroup {
  /** `web01`, `3 virtual machines`, `Before the patch`. */
  readonly title: string
  readonly actions: readonly Action[]
}
