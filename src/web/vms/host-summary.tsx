import { IconServer } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { VmRow } from '../../contract/vm.ts'
import { queries } from '../api/queries.ts'
import { useConnection } from '../app/live-provider.tsx'
import { useSelection } from '../app/selection.tsx'
import { count } from '../ui/format.ts'
import { StateShape } from './state-mark.tsx'
import { stateWords } from './status.ts'
import classes from './vm-sidebar.module.css'

const states = ['broken', 'stuck', 'running', 'paused', 'off'] as const
const connectionWords = {
  open: 'Connected',
  connecting: 'Connecting',
  lost: 'Connection lost',
} as const
const acceleratorWords = { kvm: 'KVM', tcg: 'TCG (emulation)' } as const

/** The host of the daemon, with how many of its VMs are in which state. */
export function HostSummary({ rows }: { rows: readonly VmRow[] }) {
  const { data: health } = useQuery(queries.health)
  const connection = useConnection()
  const { tag, text, selectTag, setText } = useSelection()
  const counts = useMemo(() => countsOf(rows), [rows])
  const isAll = tag === null && text === ''
  return (
    <nav aria-labelledby="hosts" className={classes.host}>
      <h2 id="hosts" className={classes.heading}>
        Host
      </h2>
      <button
        type="button"
        className={classes.tag}
        data-quiet
        aria-pressed={isAll}
        title={health ? `${health.hostName}: show all virtual machines` : 'Show all virtual machines'}
        onClick={() => {
          selectTag(null)
          setText('')
        }}
      >
        <IconServer size={14} aria-hidden />
        <span className={classes.cut}>{health?.hostName ?? 'This host'}</span>{' '}
        <span className={classes.count}>{count(rows.length)}</span>
      </button>
      {rows.length > 0 && (
        <ul className={classes.states} aria-label="Virtual machines by state">
          {states.map((state) => {
            const ofState = counts.get(state) ?? 0
            return (
              ofState > 0 && (
                <li key={state}>
                  <StateShape state={state} />
                  <span>{stateWords[state]}</span>
                  <span className={classes.count}>{count(ofState)}</span>
                </li>
              )
            )
          })}
        </ul>
      )}
      <dl className={classes.facts}>
        <dt>Daemon</dt>
        <dd data-lost={connection === 'lost' || undefined}>{connectionWords[connection]}</dd>
        {health && (
          <>
            <dt>Stillpoint</dt>
            <dd>{health.version}</dd>
            <dt>QEMU</dt>
            <dd>{health.qemuVersion ?? 'not found'}</dd>
            {health.accelerator !== null && (
              <>
                <dt>Accelerator</dt>
                <dd title={acceleratorWords[health.accelerator]}>{acceleratorWords[health.accelerator]}</dd>
              </>
            )}
          </>
        )}
      </dl>
    </nav>
  )
}

function countsOf(rows: readonly VmRow[]): ReadonlyMap<VmRow['state'], number> {
  const counts = new Map<VmRow['state'], number>()
  for (const { state } of rows) counts.set(state, (counts.get(state) ?? 0) + 1)
  return counts
}
