import { createPageStore } from './page-store.ts'

export type DrawerTab = 'tasks' | 'notices'

/** What the tasks drawer shows; notices open it too. */
export const drawer = createPageStore<{
  readonly isOpen: boolean
  readonly tab: DrawerTab
  /** The task whose details are open. */
  readonly taskId: string | null
}>({ isOpen: false, tab: 'tasks', taskId: null })

export function openDrawer(tab: DrawerTab, taskId: string | null = null): void {
  drawer.set(() => ({ isOpen: true, tab, taskId }))
}

export function closeDrawer(): void {
  drawer.set((state) => ({ ...state, isOpen: false }))
}
