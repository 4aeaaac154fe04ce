import { shortDateAndTime, sizeOf } from '../../checkpoints/words.ts'
import { bytes, dateAndTime } from '../../ui/format.ts'
import type { Going } from './delete-facts.ts'
import classes from './going-list.module.css'

/** Deeper ones are not moved any further in. */
const deepest = 12

/** Which checkpoints go with a subtree. */
export function GoingList({ going }: { readonly going: readonly Going[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
    <ul className={classes.list} aria-label="Checkpoints that are deleted" tabIndex={0}>
      {going.map(({ checkpoint, depth, leadsToNow }) => (
        <li key={checkpoint.id} className={classes.row} data-to-now={leadsToNow || undefined}>
          <span
            className={classes.name}
            style={{ paddingLeft: Math.min(depth, deepest) * 16 }}
            title={checkpoint.name}
          >
            {checkpoint.name}
          </span>
          <span className={classes.now}>{checkpoint.isNowParent && 'Now hangs here'}</span>
          <span className={classes.time} title={dateAndTime(checkpoint.createdAt)}>
            {shortDateAndTime(checkpoint.createdAt)}
          </span>
          <span className={classes.size}>{bytes(sizeOf(checkpoint))}</span>
        </li>
      ))}
    </ul>
  )
}
