import { ActionIcon, Switch, Tooltip } from '@mantine/core'
import { IconInfoCircle } from '@tabler/icons-react'
import type { Action } from '../actions/action.ts'
import { applyOfNone, useCheckpointActions, useNowActions } from './checkpoint-actions.ts'
import classes from './checkpoint-pane.module.css'
import { PaneButton } from './pane-button.tsx'
import type { TreeData } from './use-tree-data.ts'
import { shortDateAndTime } from './words.ts'

interface Props {
  readonly data: TreeData
  readonly showsLayers: boolean
  onShowLayers(shown: boolean): void
  readonly isOpen: boolean
  /** Of the details. */
  onToggle(): void
}

/** The VM's name, and what is done most with its checkpoints. */
export function PaneHeader({ data, showsLayers, onShowLayers, isOpen, onToggle }: Props) {
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
    <div className={classes.head}>
      <h2 className={classes.title} title={row?.name}>
        {row?.name}
      </h2>
      <span className={classes.count}>{count === 1 ? '1 checkpoint' : `${count} checkpoints`}</span>
      <div className={classes.buttons}>
        {create && <PaneButton action={create} label="Checkpoint" />}
        {row && <PaneButton action={apply ?? applyOfNone} label="Apply" />}
        {revert && <PaneButton action={revert} label="Revert" isMinor />}
        {undo && (
          <PaneButton
            action={undo}
            label="Undo apply"
            isMinor
            note={vm?.undo ? `until ${shortDateAndTime(vm.undo.expiresAt)}` : undefined}
          />
        )}
        <Tooltip
          multiline
          maw={300}
          label="Image files that no checkpoint names any more, and on which others stand"
        >
          <Switch
            size="xs"
            className={classes.layers}
            aria-label="Show internal layers"
            label={<span className={classes.layersLabel}>Layers</span>}
            checked={showsLayers}
            onChange={(event) => onShowLayers(event.currentTarget.checked)}
          />
        </Tooltip>
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
    </div>
  )
}
