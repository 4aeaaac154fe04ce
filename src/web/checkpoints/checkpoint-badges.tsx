import { IconAlertTriangle, IconClockX, IconLink, IconRefreshDot } from '@tabler/icons-react'
import type { CheckpointView } from '../../contract/checkpoint.ts'
import { dateAndTime, timeFromNow } from '../ui/format.ts'
import { useNow } from '../ui/use-now.ts'
import classes from './checkpoint-badges.module.css'
import { badgeOf, consistencyMeanings, kindWords } from './words.ts'

/** What it is and how good: `Production · file-system consistent`; a fallback is never silent. */
export function StateBadges({ checkpoint }: { checkpoint: CheckpointView }) {
  const { record, kind } = checkpoint
  const [asKind, reached] = badgeOf(checkpoint)
  return (
    <>
      {record.fallbackReason !== null && (
        <span
          className={classes.badge}
          data-tone="warning"
          title={`Not what the policy prefers: ${record.fallbackReason}`}
        >
          <IconAlertTriangle size={13} aria-hidden="true" />
          <span className={classes.wide}>Fallback</span>
        </span>
      )}
      <span
        className={classes.badge}
        data-tone={record.consistency === 'crash' ? 'warning' : kind}
        title={`${kindWords[kind]}. ${consistencyMeanings[record.consistency]}`}
      >
        {reached === undefined ? (
          asKind
        ) : (
          <>
            <span className={classes.wide}>{`${asKind} · `}</span>
            {reached}
          </>
        )}
      </span>
    </>
  )
}

/** What its name is followed by: automatic, of a group, until when it is kept. */
export function NameBadges({ checkpoint }: { checkpoint: CheckpointView }) {
  const { automatic, expiresAt, group } = checkpoint
  return (
    <>
      {automatic && (
        <span
          className={classes.note}
          title="Taken at the start of the VM; it goes with the next clean stop."
        >
          <IconRefreshDot size={14} aria-hidden="true" />
          Automatic
        </span>
      )}
      {group && (
        <span
          className={classes.note}
          title={`Of one instant with the checkpoints of group ${group.groupName}`}
        >
          <IconLink size={14} aria-hidden="true" />
          <span className={classes.cut}>{group.groupName}</span>
        </span>
      )}
      {expiresAt !== null && <Expiry at={expiresAt} />}
    </>
  )
}

export function Expiry({ at }: { at: string }) {
  const nowMs = useNow(30_000)
  const isOver = Date.parse(at) <= nowMs
  return (
    <span className={classes.note} title={`Deleted in the background after ${dateAndTime(at)}`}>
      <IconClockX size={14} aria-hidden="true" />
      {isOver ? 'Expired' : `Expires ${timeFromNow(at, nowMs)}`}
    </span>
  )
}
