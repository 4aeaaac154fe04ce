import { Splitter } from '@mantine/core'
import { ActionPane } from '../actions/action-pane.tsx'
import { CheckpointPane } from '../checkpoints/checkpoint-pane.tsx'
import { VmGrid } from '../vms/vm-grid.tsx'
import { VmSidebar } from '../vms/vm-sidebar.tsx'
import classes from './main-page.module.css'
import { SelectionProvider } from './selection.tsx'

/** Laid out as administrators of Hyper-V know it: hosts left, VMs above their checkpoints, actions right. */
export function MainPage() {
  return (
    <SelectionProvider>
      <Splitter className={classes.columns} withHandle={false} lineSize={1} handleColor="var(--sp-border)">
        <Splitter.Pane defaultSize="220px" min="160px" max="400px" className={classes.side}>
          <VmSidebar />
        </Splitter.Pane>
        <Splitter.Pane defaultSize={100} min={30}>
          <main className={classes.centre}>
            <Splitter
              orientation="vertical"
              className={classes.columns}
              withHandle={false}
              lineSize={1}
              handleColor="var(--sp-border)"
            >
              <Splitter.Pane defaultSize={45} min={15} className={classes.pane}>
                <VmGrid />
              </Splitter.Pane>
              <Splitter.Pane defaultSize={55} min={15} className={classes.pane}>
                <CheckpointPane />
              </Splitter.Pane>
            </Splitter>
          </main>
        </Splitter.Pane>
        <Splitter.Pane defaultSize="250px" min="190px" max="480px" className={classes.side}>
          <ActionPane />
        </Splitter.Pane>
      </Splitter>
    </SelectionProvider>
  )
}
