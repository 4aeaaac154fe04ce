/** Where notices lead. They stand outside of the router and the dialogs, which the page puts in here. */
export interface PageLinks {
  /** Null: no page is shown that has VMs. */
  openVm: ((vmId: string) => void) | null
  undo: ((vmId: string, stateId: string) => void) | null
}

export const pageLinks: PageLinks = { openVm: null, undo: null }
