import { Radio, Stack } from '@mantine/core'
import type { DiscardedView } from '../../../contract/discarded.ts'
import { when } from './state-words.ts'
import { causeOf } from './undo-facts.ts'

interface StateChoiceProps {
  readonly states: readonly DiscardedView[]
  readonly chosenId: string
  readonly nowMs: number
  readonly onChoose: (id: string) => void
}

/** Which of several discarded states is meant. */
export function StateChoice({ states, chosenId, nowMs, onChoose }: StateChoiceProps) {
  return (
    <Radio.Group label="Discarded state" value={chosenId} onChange={onChoose}>
      <Stack gap="xs" mt={6}>
        {states.map((state) => (
          <Radio
            key={state.id}
            value={state.id}
            label={when(state.discardedAt, nowMs)}
            description={`By ${causeOf(state)}; ${
              state.consistency === 'exact-memory' ? 'the exact instant, with memory' : 'disks alone'
            }`}
          />
        ))}
      </Stack>
    </Radio.Group>
  )
}
