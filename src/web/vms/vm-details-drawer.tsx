import { Drawer, Tabs } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { queries } from '../api/queries.ts'
import type { DialogProps } from '../dialogs/dialog.ts'
import { VmHistory } from '../tasks/vm-history.tsx'
import { useFocusReturn } from '../ui/use-focus-return.ts'
import { VmDetails } from './vm-details.tsx'

/** All that is known of a VM, and what was done with it. */
export default function VmDetailsDrawer({ vm, onClose }: DialogProps<'vm-details'>) {
  useFocusReturn()
  const { data: rows } = useQuery(queries.vmRows)
  const row = rows?.find(({ id }) => id === vm.id) ?? vm
  return (
    <Drawer
      opened
      onClose={onClose}
      title={row.name}
      size="lg"
      returnFocus={false}
      transitionProps={{ duration: 120 }}
    >
      <Tabs defaultValue="details" keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="details">Details</Tabs.Tab>
          <Tabs.Tab value="history">History</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="details">
          <VmDetails vmId={vm.id} />
        </Tabs.Panel>
        <Tabs.Panel value="history">
          <VmHistory vmId={vm.id} />
        </Tabs.Panel>
      </Tabs>
    </Drawer>
  )
}
