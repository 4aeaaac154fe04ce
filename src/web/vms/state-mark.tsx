import type { VmRow } from '../../contract/vm.ts'
import classes from './state-mark.module.css'
import { stateWords } from './status.ts'

/** Each state has a shape of its own, so that colour is not all that tells them apart. */
const shapes: Readonly<Record<VmRow['state'], string>> = {
  running: 'M5 1a4 4 0 1 0 0 8a4 4 0 1 0 0-8Z',
  off: 'M5 1a4 4 0 1 0 0 8a4 4 0 1 0 0-8ZM5 2.5a2.5 2.5 0 1 1 0 5a2.5 2.5 0 1 1 0-5Z',
  paused: 'M1.5 1h2.5v8H1.5ZM6 1h2.5v8H6Z',
  stuck: 'M5 .8 9.6 9H.4Z',
  broken: 'M2 .6 5 3.6 8 .6 9.4 2 6.4 5 9.4 8 8 9.4 5 6.4 2 9.4 .6 8 3.6 5 .6 2Z',
}

export function StateShape({ state }: { state: VmRow['state'] }) {
  return (
    <svg viewBox="0 0 10 10" width={10} height={10} className={classes.shape} data-state={state} aria-hidden>
      <path d={shapes[state]} fillRule="evenodd" />
    </svg>
  )
}

export function StateMark({ state }: { state: VmRow['state'] }) {
  return (
    <span className={classes.mark}>
      <StateShape state={state} />
      {stateWords[state]}
    </span>
  )
}
