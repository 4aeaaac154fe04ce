import { Drawer, Tabs } from '@mantine/core'
import type { DialogProps } from '../dialogs/dialog.ts'
import { VmHistory } from '../tasks/vm-history.tsx'
import { VmDetails } from './vm-details.tsx'

/** All that is known of a VM, and what was done with it. */
export default function VmDetailsDrawer({ vm, onClose }: DialogProps<'vm-details'>) {
  return (
    <Drawer opened onClose={onClose} title={vm.name} size="lg" transitionProps={{ duration: 120 }}>
      <Tabs defaultValue="details">
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
