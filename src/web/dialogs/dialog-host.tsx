import {
  type ComponentType,
  createContext,
  lazy,
  type PropsWithChildren,
  Suspense,
  useCallback,
  useContext,
  useRef,
  useState,
} from 'react'
import type { DialogKind, DialogProps, DialogRequest } from './dialog.ts'

/** Each is loaded when it is first opened. */
const dialogs: { readonly [Kind in DialogKind]: ComponentType<DialogProps<Kind>> } = {
  'create-checkpoint': lazy(() => import('./create-checkpoint-dialog.tsx')),
  apply: lazy(() => import('./apply-dialog.tsx')),
  undo: lazy(() => import('./undo-dialog.tsx')),
  'delete-checkpoint': lazy(() => import('./delete-checkpoint-dialog.tsx')),
  'edit-checkpoint': lazy(() => import('./edit-checkpoint-dialog.tsx')),
  export: lazy(() => import('./export-dialog.tsx')),
  settings: lazy(() => import('./settings-dialog.tsx')),
  stop: lazy(() => import('./stop-dialog.tsx')),
  'rename-vm': lazy(() => import('./rename-vm-dialog.tsx')),
  'vm-details': lazy(() => import('../vms/vm-details-drawer.tsx')),
  'remove-vm': lazy(() => import('./remove-vm-dialog.tsx')),
  'new-vm': lazy(() => import('./new-vm-dialog.tsx')),
  import: lazy(() => import('./import-dialog.tsx')),
}

const Context = createContext<(request: DialogRequest) => void>(() => {})

/** Holds the one dialog that is open. */
export function DialogHost({ children }: PropsWithChildren) {
  const [open, setOpen] = useState<{ readonly request: DialogRequest; readonly key: number } | null>(null)
  const lastKey = useRef(0)
  const openDialog = useCallback((request: DialogRequest) => setOpen({ request, key: ++lastKey.current }), [])
  return (
    <Context value={openDialog}>
      {children}
      <Suspense>
        {open && (
          <OpenDialog
            key={open.key} // what was entered in one is not of the next
            request={open.request}
            // an answer that comes late closes no other one
            onClose={() => setOpen((present) => (present === open ? null : present))}
          />
        )}
      </Suspense>
    </Context>
  )
}

function OpenDialog({ request, onClose }: { request: DialogRequest; onClose: () => void }) {
  const Dialog = dialogs[request.kind] as ComponentType<DialogRequest & { onClose: () => void }> // of its kind
  return <Dialog {...request} onClose={onClose} />
}

/** The function that opens a dialog; one that is open gives way. */
export function useOpenDialog(): (request: DialogRequest) => void {
  return useContext(Context)
}
