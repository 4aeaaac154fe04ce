import type { ReactNode } from 'react'
import type { VmRow } from '../../../contract/vm.ts'
import classes from './vm-names.module.css'

interface Props {
  readonly vms: readonly VmRow[]
  note?(vm: VmRow): ReactNode
}

/** More than that are a number. */
const mostShown = 100

/** Which VMs a dialog is about. A list that scrolls can be reached by keyboard. */
export function VmNames({ vms, note }: Props) {
  return (
    <ul className={classes.list} aria-label="Virtual machines" tabIndex={vms.length > 6 ? 0 : undefined}>
      {vms.slice(0, mostShown).map((vm) => (
        <li key={vm.id} className={classes.row}>
          <span className={classes.name} title={vm.name}>
            {vm.name}
          </span>
          {note && <span className={classes.note}>{note(vm)}</span>}
        </li>
      ))}
      {vms.length > mostShown && <li className={classes.row}>and {vms.length - mostShown} more</li>}
    </ul>
  )
}
