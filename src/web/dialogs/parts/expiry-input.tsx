import { Group, NativeSelect, NumberInput, TextInput } from '@mantine/core'
import { type Expiry, localTime, type SpanUnit, spanUnits } from './expiry.ts'
import classes from './expiry-input.module.css'

interface ExpiryInputProps {
  readonly value: Expiry
  readonly nowMs: number
  /** What happens when nothing is said here; undefined: something is said. */
  readonly asSet?: string | undefined
  readonly error: string | null
  readonly onChange: (value: Expiry) => void
}

export const never = 'Never'

/** Never, after some time, or at a date. */
export function ExpiryInput({ value, nowMs, asSet, error, onChange }: ExpiryInputProps) {
  const choose = (choice: string) => {
    if (choice === 'after') onChange({ choice, count: 7, unit: 'days' })
    else if (choice === 'at') onChange({ choice, at: localTime(new Date(nowMs + weekMs).toISOString()) })
    else if (choice === 'never' || choice === 'as-set') onChange({ choice })
  }
  return (
    <Group gap="xs" align="flex-start" wrap="nowrap" className={classes.row ?? ''}>
      <NativeSelect
        label="Expires"
        value={value.choice}
        onChange={(event) => choose(event.currentTarget.value)}
        data={[
          ...(asSet === undefined ? [] : [{ value: 'as-set', label: asSet }]),
          ...(asSet === never ? [] : [{ value: 'never', label: never }]),
          { value: 'after', label: 'After some time' },
          { value: 'at', label: 'At a date' },
        ]}
      />
      {value.choice === 'after' && (
        <>
          <NumberInput
            aria-label="Number"
            className={classes.beside ?? ''}
            min={1}
            allowDecimal={false}
            allowNegative={false}
            value={value.count ?? ''}
            error={error}
            onChange={(count) => onChange({ ...value, count: typeof count === 'number' ? count : null })}
          />
          <NativeSelect
            aria-label="Unit"
            className={classes.beside ?? ''}
            value={value.unit}
            data={[...spanUnits]}
            onChange={(event) => onChange({ ...value, unit: event.currentTarget.value as SpanUnit })} // of these
          />
        </>
      )}
      {value.choice === 'at' && (
        <TextInput
          type="datetime-local"
          aria-label="Date and time"
          className={classes.beside ?? ''}
          value={value.at}
          error={error}
          onChange={(event) => onChange({ choice: 'at', at: event.currentTarget.value })}
        />
      )}
    </Group>
  )
}

const weekMs = 7 * 86_400_000
