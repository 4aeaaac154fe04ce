import { useState } from 'react'
import { ActionPane } from '../actions/action-pane.tsx'
import { CheckpointPane } from '../checkpoints/checkpoint-pane.tsx'
import { VmGrid } from '../vms/vm-grid.tsx'
import { VmSidebar } from '../vms/vm-sidebar.tsx'
import classes from './main-page.module.css'
import { SelectionProvider } from './selection.tsx'
import { SplitPanes } from './split-panes.tsx'

/** Laid out as administrators of Hyper-V know it: hosts left, VMs above their checkpoints, actions right. */
export function MainPage() {
  const [isNarrow] = useState(() => window.innerWidth < 1400) // the centre needs the room more
  return (
    <SelectionProvider>
      <main className={classes.page}>
        <SplitPanes
          name="hosts"
          label="Width of hosts and tags"
          panes={[
            {
              defaultSize: isNarrow ? '184px' : '220px',
              min: '160px',
              max: '400px',
              className: classes.side,
              children: <VmSidebar />,
            },
            {
              defaultSize: 100,
              min: 40,
              children: (
                <SplitPanes
                  name="actions"
                  label="Width of actions"
                  panes={[
                    { defaultSize: 100, min: 40, children: <Centre /> },
                    {
                      defaultSize: isNarrow ? '246px' : '270px',
                      min: '190px',
                      max: '480px',
                      className: classes.side,
                      children: <ActionPane />,
                    },
                  ]}
                />
              ),
            },
          ]}
        />
      </main>
    </SelectionProvider>
  )
}

function Centre() {
  return (
    <SplitPanes
      name="checkpoints"
      label="Height of the list of virtual machines"
      orientation="vertical"
      panes={[
        { defaultSize: 45, min: 15, className: classes.pane, children: <VmGrid /> },
        { defaultSize: 55, min: 15, className: classes.pane, children: <CheckpointPane /> },
      ]}
    />
  )
}
