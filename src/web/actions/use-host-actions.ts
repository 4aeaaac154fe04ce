import { IconFileImport, IconPlus } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { queries } from '../api/queries.ts'
import { useOpenDialog } from '../dialogs/dialog-host.tsx'
import type { ActionGroup } from './action.ts'

/** What can be done on the host, whatever is chosen. */
export function useHostActions(): ActionGroup {
  const openDialog = useOpenDialog()
  const { data: health } = useQuery(queries.health)
  return useMemo(
    () => ({
      title: health?.hostName ?? 'This host',
      actions: [
        {
          id: 'new-vm',
          label: 'New virtual machine…',
          icon: IconPlus,
          refusal: null,
          run: () => openDialog({ kind: 'new-vm' }),
        },
        {
          id: 'import',
          label: 'Import…',
          icon: IconFileImport,
          refusal: null,
          run: () => openDialog({ kind: 'import' }),
        },
      ],
    }),
    [health?.hostName, openDialog],
  )
}
