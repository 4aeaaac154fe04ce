import { TextInput, Tooltip } from '@mantine/core'
import { type KeyboardEvent, useId, useRef, useState } from 'react'
import type { CheckpointView } from '../../contract/checkpoint.ts'
import { checkedName } from '../../vm/name.ts'
import { part, request } from '../api/http.ts'
import { queries } from '../api/queries.ts'
import { queryClient } from '../api/query-client.ts'
import classes from './rename-field.module.css'

interface Props {
  readonly checkpoint: CheckpointView
  /** Saved or not: the field goes. */
  onEnd(): void
}

/** The name of a checkpoint, edited in place: Enter saves, Escape does not. A refusal is shown at the field, which stays. */
export function RenameField({ checkpoint, onEnd }: Props) {
  const [name, setName] = useState(checkpoint.name)
  const [error, setError] = useState<string | null>(null)
  const [isSaving, setIsSaving] = useState(false)
  const hasEnded = useRef(false)
  const errorId = useId()

  const end = () => {
    hasEnded.current = true // what follows the end, as the loss of focus, saves nothing more
    onEnd()
  }
  const save = async () => {
    if (isSaving || hasEnded.current) return
    if (name.trim() === checkpoint.name) return end()
    setIsSaving(true)
    try {
      const { vmId, id } = checkpoint
      const path = `/vms/${part(vmId)}/checkpoints/${part(id)}`
      const body = { name: checkedName('checkpoint', name) }
      const renamed = await request<CheckpointView>(path, { method: 'PATCH', body })
      queryClient.setQueryData(queries.checkpoints(vmId).queryKey, (all) =>
        all?.map((each) => (each.id === id ? renamed : each)),
      )
      end()
    } catch (refusal) {
      setError(refusal instanceof Error ? refusal.message : String(refusal))
    } finally {
      setIsSaving(false)
    }
  }
  const onKeyDown = (event: KeyboardEvent) => {
    event.stopPropagation() // the tree's keys are not those of a field
    if (event.key === 'Enter') void save()
    if (event.key === 'Escape') end()
  }

  return (
    <Tooltip
      opened={error !== null}
      position="bottom-start"
      multiline
      maw={360}
      classNames={{ tooltip: classes.error }}
      label={
        <span id={errorId} role="alert">
          {error}
        </span>
      }
    >
      <TextInput
        className={classes.field}
        classNames={{ input: classes.input }}
        size="xs"
        aria-label={`New name of ${checkpoint.name}`}
        error={error !== null}
        aria-describedby={error === null ? undefined : errorId}
        value={name}
        autoFocus
        onFocus={(event) => event.currentTarget.select()}
        onChange={(event) => {
          setName(event.currentTarget.value)
          setError(null)
        }}
        onKeyDown={onKeyDown}
        onBlur={() => void (error === null ? save() : end())}
        onClick={(event) => event.stopPropagation()}
        onDoubleClick={(event) => event.stopPropagation()}
        onContextMenu={(event) => event.stopPropagation()}
      />
    </Tooltip>
  )
}
