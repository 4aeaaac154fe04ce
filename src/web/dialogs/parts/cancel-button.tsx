import { Button } from '@mantine/core'

/** The safest way out, so it has the focus. */
export function CancelButton({ isBusy, onClose }: { readonly isBusy: boolean; onClose(): void }) {
  return (
    <Button variant="default" disabled={isBusy} onClick={onClose} data-autofocus>
      Cancel
    </Button>
  )
}
