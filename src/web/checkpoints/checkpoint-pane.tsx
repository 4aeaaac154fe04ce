import { ActionIcon, Button, Skeleton, Tooltip } from '@mantine/core'
import { IconInfoCircle } from '@tabler/icons-react'
import { useEffect, useMemo, useRef, useState } from 'react'
import type { Action } from '../actions/action.ts'
import { useSelection } from '../app/selection.tsx'
import { useCheckpointActions, useNowActions } from './checkpoint-actions.ts'
import { CheckpointDetails, DetailsPanel, DiscardedDetails } from './checkpoint-details.tsx'
import classes from './checkpoint-pane.module.css'
import { CheckpointTree } from './checkpoint-tree.tsx'
import { PaneButton } from './pane-button.tsx'
import { PaneMessage } from './pane-message.tsx'
import { treeItems } from './tree-item.ts'
import { type TreeData, useTreeData } from './use-tree-data.ts'
import { shortDateAndTime } from './words.ts'

/** The checkpoints of the chosen VM: its tree, what is done most with it, and the details of what is chosen. */
export function CheckpointPane() {
  const { vmId, checkpointId } = useSelection()
  const data = useTreeData(vmId)
  const [isOpen, setIsOpen] = useState(false)
  const pane = useRef<HTMLElement>(null)
  const checkpoint = data.checkpoints?.find(({ id }) => id === checkpointId)
  const discarded = data.discarded.find(({ id }) => id === checkpointId)

  const close = () => {
    setIsOpen(false)
    pane.current?.querySelector<HTMLElement>('[role="tree"]')?.focus({ preventScroll: true })
  }

  return (
    <section ref={pane} aria-label="Checkpoints" className={classes.pane}>
      {data.row && (
        <Header data={data} isOpen={isOpen} onToggle={() => (isOpen ? close() : setIsOpen(true))} />
      )}
      <div className={classes.body}>
        <Body vmId={vmId} data={data} onOpenDetails={() => setIsOpen(true)} />
        {isOpen && data.row && (
          <DetailsPanel
            title={checkpoint?.name ?? discarded?.name ?? (checkpointId === 'now' ? 'Now' : 'Details')}
            onClose={close}
          >
            {checkpoint && <CheckpointDetails checkpoint={checkpoint} />}
            {discarded && <DiscardedDetails discarded={discarded} />}
            {!checkpoint && !discarded && (
              <p className={classes.hint}>
                {checkpointId === 'now'
                  ? 'Now is the present state of the virtual machine. The checkpoint above it is the one that it came from, and that Revert puts it back to.'
                  : 'Choose a checkpoint in the tree to see how it came about.'}
              </p>
            )}
          </DetailsPanel>
        )}
      </div>
    </section>
  )
}

function Body({ vmId, data, onOpenDetails }: { vmId: string | null; data: TreeData; onOpenDetails(): void }) {
  const { row, checkpoints, discarded, error, retry } = data
  const create = useNowActions()?.actions.find(({ id }) => id === 'create')
  const status = row?.status ?? null
  const items = useMemo(
    () => treeItems({ checkpoints: checkpoints ?? [], discarded, status }),
    [checkpoints, discarded, status],
  )
  if (vmId === null)
    return (
      <PaneMessage
        title="No virtual machine is chosen"
        text="Choose one above to see its checkpoints and to go back to them."
      />
    )
  if (error)
    return (
      <PaneMessage role="alert" title="The checkpoints could not be read" text={error.message}>
        <Button variant="default" onClick={retry}>
          Try again
        </Button>
      </PaneMessage>
    )
  if (!row || !checkpoints) return <Loading />
  const isEmpty = items.length === 1
  return (
    <div className={classes.main}>
      {isEmpty ? (
        <PaneMessage
          title="No checkpoints yet"
          text="A checkpoint keeps the virtual machine as it is now, so that you can come back to this moment: before an update, say, or an experiment."
        >
          {create && (
            <Button
              variant="default"
              leftSection={<create.icon size={16} />}
              disabled={create.refusal !== null}
              onClick={create.run}
            >
              Create the first checkpoint…
            </Button>
          )}
          {create?.refusal && <p className={classes.hint}>{create.refusal}</p>}
        </PaneMessage>
      ) : (
        <CheckpointTree vm={row} items={items} onOpenDetails={onOpenDetails} />
      )}
    </div>
  )
}

function Header({ data, isOpen, onToggle }: { data: TreeData; isOpen: boolean; onToggle(): void }) {
  const { row, vm, checkpoints } = data
  const ofNow = useNowActions()?.actions ?? []
  const ofChosen = useCheckpointActions()?.actions ?? []
  const action = (actions: readonly Action[], id: string) => actions.find((each) => each.id === id)
  const create = action(ofNow, 'create')
  const revert = action(ofNow, 'revert')
  const undo = action(ofNow, 'undo')
  const apply = action(ofChosen, 'apply')
  const count = checkpoints?.length ?? 0
  return (
    <header className={classes.head}>
      <h2 className={classes.title} title={row?.name}>
        {row?.name}
      </h2>
      <span className={classes.count}>{count === 1 ? '1 checkpoint' : `${count} checkpoints`}</span>
      <div className={classes.buttons}>
        {create && <PaneButton action={create} label="Checkpoint" />}
        {revert && (
          <PaneButton
            action={apply ?? { ...revert, refusal: 'Choose a checkpoint in the tree to apply it.' }}
            label="Apply"
          />
        )}
        {revert && <PaneButton action={revert} label="Revert" />}
        {undo && (
          <PaneButton
            action={undo}
            label="Undo apply"
            note={vm?.undo ? `until ${shortDateAndTime(vm.undo.expiresAt)}` : undefined}
          />
        )}
        <Tooltip label={isOpen ? 'Hide details' : 'Show details'}>
          <ActionIcon
            variant={isOpen ? 'light' : 'subtle'}
            color="gray"
            aria-label="Details"
            aria-pressed={isOpen}
            onClick={onToggle}
          >
            <IconInfoCircle size={17} />
          </ActionIcon>
        </Tooltip>
      </div>
    </header>
  )
}

/** Shown only when the answer takes a while, so that a quick one does not flicker. */
function Loading() {
  const [isLate, setIsLate] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setIsLate(true), 150)
    return () => clearTimeout(timer)
  }, [])
  if (!isLate) return null
  return (
    <div className={classes.loading} role="status" aria-label="Reading checkpoints">
      {[180, 240, 160, 210].map((width) => (
        <Skeleton key={width} height={12} width={width} />
      ))}
    </div>
  )
}
