import { Button, Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useMemo, useRef, useState } from 'react'
import { queries } from '../api/queries.ts'
import { nowId } from '../app/main-search.ts'
import { useSelection } from '../app/selection.tsx'
import { useNowActions } from './checkpoint-actions.ts'
import { CheckpointDetails, DetailsPanel, DiscardedDetails } from './checkpoint-details.tsx'
import classes from './checkpoint-pane.module.css'
import { CheckpointTree } from './checkpoint-tree.tsx'
import { withInternalLayers } from './internal-layers.ts'
import { PaneHeader } from './pane-header.tsx'
import { PaneMessage } from './pane-message.tsx'
import { treeItems } from './tree-item.ts'
import { type TreeData, useLayers, useTreeData } from './use-tree-data.ts'

/** The checkpoints of the chosen VM: its tree, what is done most with it, and the details of what is chosen. */
export function CheckpointPane() {
  const { vmId, checkpointId } = useSelection()
  const data = useTreeData(vmId)
  const [isOpen, setIsOpen] = useState(false)
  const [showsLayers, setShowsLayers] = useState(false)
  const pane = useRef<HTMLElement>(null)
  const checkpoint = data.checkpoints?.find(({ id }) => id === checkpointId)
  const discarded = data.discarded.find(({ id }) => id === checkpointId)

  const close = () => {
    setIsOpen(false)
    pane.current?.querySelector<HTMLElement>('[role="tree"]')?.focus({ preventScroll: true })
  }

  return (
    <section ref={pane} aria-label="Checkpoint tree" className={classes.pane}>
      {data.row && (
        <PaneHeader
          data={data}
          showsLayers={showsLayers}
          onShowLayers={setShowsLayers}
          isOpen={isOpen}
          onToggle={() => (isOpen ? close() : setIsOpen(true))}
        />
      )}
      <div className={classes.body}>
        <Body vmId={vmId} data={data} showsLayers={showsLayers} onOpenDetails={() => setIsOpen(true)} />
        {isOpen && data.row && (
          <DetailsPanel
            title={checkpoint?.name ?? discarded?.name ?? (checkpointId === nowId ? 'Now' : 'Details')}
            onClose={close}
          >
            {checkpoint && <CheckpointDetails checkpoint={checkpoint} />}
            {discarded && <DiscardedDetails discarded={discarded} />}
            {!checkpoint && !discarded && <p className={classes.hint}>{hintOf(checkpointId)}</p>}
          </DetailsPanel>
        )}
      </div>
    </section>
  )
}

/** In place of a record, for what has none. */
function hintOf(id: string | null): string {
  if (id === nowId)
    return 'Now is the present state of the virtual machine. The checkpoint above it is the one that it came from, and that Revert puts it back to.'
  if (id?.startsWith('internal:'))
    return 'Internal layers are image files of checkpoints that were deleted. They hold what the states above them share, and cannot be gone back to. One on which a single state stands is merged in the background.'
  return 'Choose a checkpoint in the tree to see how it came about.'
}

interface BodyProps {
  readonly vmId: string | null
  readonly data: TreeData
  readonly showsLayers: boolean
  onOpenDetails(): void
}

function Body({ vmId, data, showsLayers, onOpenDetails }: BodyProps) {
  const { row, checkpoints, discarded, error, retry } = data
  const create = useNowActions()?.actions.find(({ id }) => id === 'create')
  const status = row?.status ?? null
  const layers = useLayers(vmId, showsLayers)
  const hasVms = useQuery(queries.vmRows).data?.length !== 0
  const items = useMemo(() => {
    const states = treeItems({ checkpoints: checkpoints ?? [], discarded, status })
    return layers ? withInternalLayers(states, layers) : states
  }, [checkpoints, discarded, status, layers])
  if (vmId === null)
    return hasVms ? (
      <PaneMessage
        title="No virtual machine is chosen"
        text="Choose one above to see its checkpoints and to go back to them."
      />
    ) : (
      <PaneMessage
        title="Checkpoints"
        text="Those of the virtual machine that is chosen are shown here, as a tree."
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
