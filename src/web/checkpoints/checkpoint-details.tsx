import { ActionIcon, ScrollArea } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import type { KeyboardEvent, ReactNode } from 'react'
import type { CheckpointView } from '../../contract/checkpoint.ts'
import type { DiscardedView } from '../../contract/discarded.ts'
import { bytes, dateAndTime, timeFromNow } from '../ui/format.ts'
import { useNow } from '../ui/use-now.ts'
import classes from './checkpoint-details.module.css'
import { RecordSections } from './checkpoint-record.tsx'
import { Fields, Section } from './details-parts.tsx'
import { consistencyMeanings, consistencyWords, kindWords } from './words.ts'

interface PanelProps {
  readonly title: string
  readonly children: ReactNode
  onClose(): void
}

/** Beside the tree: all that is known of what is chosen in it. Escape closes it. */
export function DetailsPanel({ title, children, onClose }: PanelProps) {
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') onClose()
  }
  return (
    <section className={classes.panel} aria-label={`Details of ${title}`} onKeyDown={onKeyDown}>
      <div className={classes.head}>
        <h3 className={classes.title} title={title}>
          {title}
        </h3>
        <ActionIcon variant="subtle" color="gray" aria-label="Close details" onClick={onClose}>
          <IconX size={16} />
        </ActionIcon>
      </div>
      <ScrollArea className={classes.body} viewportProps={{ tabIndex: 0 }} type="auto">
        {children}
      </ScrollArea>
    </section>
  )
}

export function CheckpointDetails({ checkpoint }: { checkpoint: CheckpointView }) {
  const { record, notes, group, expiresAt, diskBytes, memoryBytes } = checkpoint
  return (
    <>
      {notes !== '' && <p className={classes.notes}>{notes}</p>}
      <Section title="What it is">
        <Fields
          fields={[
            ['Kind', kindWords[checkpoint.kind]],
            ['Consistency', consistencyWords[record.consistency]],
          ]}
        />
        <p className={classes.meaning}>{consistencyMeanings[record.consistency]}</p>
      </Section>
      <RecordSections checkpoint={checkpoint} />
      <Section title="Size and hardware">
        <Fields
          fields={[
            ['Disks', bytes(diskBytes)],
            ['Memory', memoryBytes === null ? 'not saved' : bytes(memoryBytes)],
            ['Hardware', `${bytes(checkpoint.memoryMiB * 1024 * 1024)} memory, ${checkpoint.cpus} CPU`],
          ]}
        />
      </Section>
      <Section title="Origin">
        <Fields
          fields={[
            ['Created', <Moment key="at" at={checkpoint.createdAt} />],
            ['Taken', checkpoint.automatic ? 'automatically, at the start of the VM' : 'on request'],
            ['Expires', expiresAt === null ? 'never' : <Moment key="at" at={expiresAt} />],
            ['Group', group?.groupName],
            ['Id', <code key="id">{checkpoint.id}</code>],
          ]}
        />
      </Section>
    </>
  )
}

export function DiscardedDetails({ discarded }: { discarded: DiscardedView }) {
  const { applied, cause, powerState, consistency } = discarded
  return (
    <>
      <p className={classes.meaning}>
        {cause === 'apply'
          ? `This is what the virtual machine held when “${applied}” was applied.`
          : 'This is what the virtual machine held when an apply was undone.'}{' '}
        It is kept for a time, and an undo brings it back.
      </p>
      <Section title="What it is">
        <Fields
          fields={[
            ['The VM was', powerState],
            ['Consistency', consistencyWords[consistency]],
          ]}
        />
        <p className={classes.meaning}>{consistencyMeanings[consistency]}</p>
      </Section>
      <Section title="Time and size">
        <Fields
          fields={[
            ['Discarded', <Moment key="at" at={discarded.discardedAt} />],
            ['Freed', <Moment key="at" at={discarded.expiresAt} />],
            ['Disks', bytes(discarded.diskBytes)],
            ['Memory', discarded.memoryBytes === null ? 'not saved' : bytes(discarded.memoryBytes)],
            ['Id', <code key="id">{discarded.id}</code>],
          ]}
        />
      </Section>
    </>
  )
}

function Moment({ at }: { at: string }) {
  const nowMs = useNow(30_000)
  return `${dateAndTime(at)} (${timeFromNow(at, nowMs)})`
}
