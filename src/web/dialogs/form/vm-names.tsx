import { ScrollArea, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import type { VmRow } from '../../../contract/vm.ts'
import classes from './vm-names.module.css'

interface Props {
  readonly vms: readonly VmRow[]
  note?(vm: VmRow): ReactNode
}

/** More than that are a number. */
const mostShown = 100

/** Which VMs a dialog is about. */
export function VmNames({ vms, note }: Props) {
  return (
    <ScrollArea.Autosize mah={148} type="auto" className={classes.frame}>
      <ul className={classes.list} aria-label="Virtual machines">
        {vms.slice(0, mostShown).map((vm) => (
          <li key={vm.id} className={classes.row}>
            <span className={classes.name} title={vm.name}>
              {vm.name}
            </span>
            {note && <span className={classes.note}>{note(vm)}</span>}
          </li>
        ))}
      </ul>
      {vms.length > mostShown && (
        <Text size="sm" c="dimmed" px="sm" pb={6}>
          and {vms.length - mostShown} more
        </Text>
      )}
    </ScrollArea.Autosize>
  )
}
