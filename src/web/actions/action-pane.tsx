import { useCheckpointActions } from '../checkpoints/checkpoint-actions.ts'
import type { ActionGroup } from './action.ts'
import { ActionButton } from './action-button.tsx'
import classes from './action-pane.module.css'
import { usePageKeys } from './page-keys.ts'
import { useHostActions } from './use-host-actions.ts'
import { useVmActions } from './use-vm-actions.ts'

/** What can be done on the host, with the chosen VMs, and with the chosen checkpoint. */
export function ActionPane() {
  const host = useHostActions()
  const vms = useVmActions()
  const checkpoint = useCheckpointActions()
  usePageKeys(vms)
  return (
    <section aria-label="Actions" className={classes.pane}>
      <Group group={host} />
      {vms.map((group) => (
        <Group key="vms" group={group} />
      ))}
      {checkpoint && <Group group={checkpoint} />}
    </section>
  )
}

function Group({ group: { title, actions } }: { group: ActionGroup }) {
  return (
    <section className={classes.group} aria-label={title}>
      <h2 className={classes.title} title={title}>
        {title}
      </h2>
      <ul className={classes.list}>
        {actions.map((action) => (
          <li key={action.id}>
            <ActionButton action={action} />
          </li>
        ))}
      </ul>
    </section>
  )
}
