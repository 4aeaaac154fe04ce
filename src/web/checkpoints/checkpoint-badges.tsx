import { VisuallyHidden } from '@mantine/core'
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
          <span className={classes.word}>Fallback</span>
          <VisuallyHidden>{`: ${record.fallbackReason}`}</VisuallyHidden>
        </span>
      )}
      <span
        className={classes.badge}
        data-tone={record.consistency === 'crash' ? 'warning' : kind}
        title={`${kindWords[kind]}. ${consistencyMeanings[record.consistency]}`}
      >
        <span>
          {reached === undefined ? asKind : <span className={classes.kind}>{`${asKind} · `}</span>}
          {reached}
        </span>
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
          <span className={classes.word}>Automatic</span>
        </span>
      )}
      {group && (
        <span
          className={classes.note}
          title={`Of one instant with the checkpoints of group ${group.groupName}`}
        >
          <IconLink size={14} aria-hidden="true" />
          <span className={`${classes.word} ${classes.cut}`}>{group.groupName}</span>
        </span>
      )}
      {expiresAt !== null && <Expiry at={expiresAt} />}
    </>
  )
}

/** In words where there is room; `always` where there is nothing else to be told. */
export function Expiry({ at, always = false }: { at: string; always?: boolean }) {
  const nowMs = useNow(30_000)
  const isOver = Date.parse(at) <= nowMs
  return (
    <span className={classes.note} title={`Deleted in the background after ${dateAndTime(at)}`}>
      <IconClockX size={14} aria-hidden="true" />
      <span className={always ? undefined : classes.word}>
        {isOver ? 'Expired' : `Expires ${timeFromNow(at, nowMs)}`}
      </span>
    </span>
  )
}
