import { VisuallyHidden } from '@mantine/core'
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react'
import { memo, type ReactNode } from 'react'
import type { DiscardedView } from '../../contract/discarded.ts'
import type { VmRow } from '../../contract/vm.ts'
import { bytes, dateAndTime, milliseconds, timeFromNow } from '../ui/format.ts'
import { useNow } from '../ui/use-now.ts'
import { stateWords, statusOf } from '../vms/status.ts'
import { Expiry, NameBadges, StateBadges } from './checkpoint-badges.tsx'
import classes from './checkpoint-tree.module.css'
import { RenameField } from './rename-field.tsx'
import { nameOf, type TreeItem } from './tree-item.ts'
import type { TreeRow } from './tree-layout.ts'
import { type Lanes, rowHeight, TreeLines } from './tree-lines.tsx'
import { sizeOf } from './words.ts'

interface Props {
  /** Of the element. */
  readonly id: string
  readonly row: TreeRow
  readonly index: number
  readonly lanes: Lanes
  readonly vm: VmRow
  readonly isSelected: boolean
  readonly isRenamed: boolean
  onToggle(id: string): void
  onRenamed(): void
}

export const CheckpointRow = memo(function CheckpointRow(props: Props) {
  const { id, row, index, lanes, vm, isSelected, isRenamed, onToggle, onRenamed } = props
  const { item, level, position, setSize, isExpanded, hiddenCount } = row
  return (
    // The keys are the tree's: it holds the focus, and names the row that they are for.
    // biome-ignore lint/a11y/useFocusableInteractive: named by aria-activedescendant
    <div
      role="treeitem"
      id={id}
      className={classes.row}
      style={{ top: index * rowHeight }}
      aria-level={level}
      aria-posinset={position}
      aria-setsize={setSize}
      aria-expanded={isExpanded ?? undefined}
      aria-selected={isSelected}
      aria-current={item.kind === 'now' || undefined}
      data-kind={item.kind}
      data-row={item.id}
      data-hidden-below={hiddenCount > 0 || undefined}
    >
      <div className={classes.name}>
        <TreeLines row={row} lanes={lanes} />
        <span
          className={classes.twisty}
          data-quiet={isQuiet(row) || undefined}
          aria-hidden="true"
          onClick={(event) => {
            event.stopPropagation()
            if (isExpanded !== null) onToggle(item.id)
          }}
        >
          {isExpanded === true && <IconChevronDown size={14} />}
          {isExpanded === false && <IconChevronRight size={14} />}
        </span>
        {isRenamed && item.kind === 'checkpoint' ? (
          <RenameField checkpoint={item.checkpoint} onEnd={onRenamed} />
        ) : (
          <>
            <span className={classes.text} title={nameOf(item)}>
              {nameOf(item)}
            </span>
            {hiddenCount > 0 && <span className={classes.hidden}>{`${hiddenCount} hidden`}</span>}
            {item.kind === 'checkpoint' && <NameBadges checkpoint={item.checkpoint} />}
          </>
        )}
      </div>
      <Cells item={item} vm={vm} />
    </div>
  )
})

/** A chain needs no sign at each row that it can be closed; it is seen under the pointer. */
function isQuiet({ childCount, isExpanded, lines, lane }: TreeRow): boolean {
  const turnsOff = lines.into !== null && lines.into.lane < lane
  return isExpanded === true && childCount < 2 && !turnsOff
}

function Cells({ item, vm }: { item: TreeItem; vm: VmRow }) {
  switch (item.kind) {
    case 'checkpoint': {
      const { createdAt, diskBytes, memoryBytes, record } = item.checkpoint
      return (
        <>
          <span className={classes.state}>
            <StateBadges checkpoint={item.checkpoint} />
          </span>
          <Age at={createdAt} />
          <Size title={sizesIn(diskBytes, memoryBytes)}>{bytes(sizeOf(item.checkpoint))}</Size>
          <Figure className={classes.paused} label="paused" valueMs={record.pauseMs} />
          <Figure className={classes.frozen} label="frozen" valueMs={record.frozenMs} />
        </>
      )
    }
    case 'discarded': {
      const { discardedAt, diskBytes, memoryBytes } = item.discarded
      return (
        <>
          <span className={classes.state}>
            <span className={classes.quiet} title={whyDiscarded(item.discarded)}>
              Discarded
            </span>
            <Expiry at={item.discarded.expiresAt} always />
          </span>
          <Age at={discardedAt} />
          <Size title={sizesIn(diskBytes, memoryBytes)}>{bytes(sizeOf(item.discarded))}</Size>
        </>
      )
    }
    case 'internal': {
      const { waitsForMerge, sizeBytes } = item.internal
      return (
        <>
          <span className={classes.state}>
            <span className={classes.quiet}>
              {waitsForMerge ? 'Waits to be merged' : 'Shared by its branches'}
            </span>
          </span>
          <span className={classes.created} />
          <Size title="Allocated on disk">{bytes(sizeBytes)}</Size>
        </>
      )
    }
    case 'now':
      return (
        <span className={classes.state}>
          <span className={classes.quiet} title={statusOf(vm)?.text}>
            {vm.status === null || vm.status.startsWith('Creating') ? stateWords[vm.state] : vm.status}
          </span>
        </span>
      )
    case 'pending':
      return null
  }
}

function Age({ at }: { at: string }) {
  const nowMs = useNow(30_000)
  return (
    <span className={classes.created} title={dateAndTime(at)}>
      {timeFromNow(at, nowMs)}
    </span>
  )
}

/** Its head is not read out with it, so a screen reader is given the word; what was not measured is not said. */
function Figure(props: { className: string | undefined; label: string; valueMs: number | null }) {
  const { className, label, valueMs } = props
  return (
    <span className={className} aria-hidden={valueMs === null || undefined}>
      {valueMs !== null && <VisuallyHidden>{`${label} `}</VisuallyHidden>}
      {milliseconds(valueMs)}
    </span>
  )
}

function Size({ title, children }: { title: string; children: ReactNode }) {
  return (
    <span className={classes.size} title={title}>
      {children}
    </span>
  )
}

function sizesIn(diskBytes: number | null, memoryBytes: number | null): string {
  return memoryBytes === null
    ? `${bytes(diskBytes)} on disk`
    : `${bytes(diskBytes)} disks + ${bytes(memoryBytes)} memory`
}

function whyDiscarded({ cause, applied }: DiscardedView): string {
  return cause === 'apply'
    ? `What the virtual machine held when “${applied}” was applied. An undo brings it back.`
    : 'What the virtual machine held when an apply was undone. It can be brought back.'
}
