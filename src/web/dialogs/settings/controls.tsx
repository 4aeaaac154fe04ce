import { Checkbox, NumberInput, Select } from '@mantine/core'
import type { ReactNode } from 'react'
import { type Field, useField } from './context.ts'
import { Keep, SettingRow } from './setting-row.tsx'
import classes from './settings.module.css'
import { type Key, mixed, type Values } from './values.ts'

/** In a field that several VMs have each in its own way. */
export const theyDiffer = 'They differ'

type KeysOf<T> = { [K in Key]: Values[K] extends T ? K : never }[Key]

export function keepOf<K extends Key>({ isLevelled, reset }: Field<K>) {
  return isLevelled ? reset : null
}

interface Words {
  readonly label: string
  readonly description?: ReactNode
}

/** On or off. */
export function CheckSetting({ field: key, label, description }: Words & { field: KeysOf<boolean> }) {
  const field = useField(key)
  return (
    <div className={classes.check}>
      <Checkbox
        label={label}
        description={
          field.value === mixed ? (
            <>
              {description} {theyDiffer}.
            </>
          ) : (
            description
          )
        }
        checked={field.value === true}
        indeterminate={field.value === mixed}
        onChange={(event) => field.set(event.currentTarget.checked)}
      />
      {field.isLevelled && <Keep onKeep={field.reset} />}
    </div>
  )
}

/** A number that has to be there. */
export function NumberSetting({
  field: key,
  suffix,
  ...words
}: Words & { field: KeysOf<number>; suffix?: string }) {
  const field = useField(key)
  return (
    <SettingRow {...words} problem={field.problem} onKeep={keepOf(field)}>
      {(control) => <NumberBox {...control} value={field.value} suffix={suffix ?? ''} onValue={field.set} />}
    </SettingRow>
  )
}

/** A number that may be none; the switch beside it says which. */
export function OptionalNumberSetting(props: {
  label: string
  description: ReactNode
  field: 'maxCheckpoints' | 'maxCheckpointAgeDays' | 'mergeBandwidthMiBps' | 'undoHours'
  suffix?: string
  /** What it is when it is switched on. */
  usual: number
  /** What is kept for none. */
  none?: null | 0
}) {
  const { usual, none = null, suffix = '' } = props
  const field = useField(props.field)
  const isOn = field.value !== mixed && field.value !== none
  return (
    <OptionalRow
      {...props}
      field={field}
      isOn={isOn}
      // undoHours has no null, and is given 0 here.
      onSwitch={(on) => field.set((on ? whenOn(field.before, usual) : none) as number)}
    >
      <NumberBox
        aria-label={props.label}
        error={field.problem !== null}
        disabled={!isOn}
        value={isOn ? field.value : field.value === mixed ? mixed : Number.NaN}
        suffix={suffix}
        onValue={field.set}
      />
    </OptionalRow>
  )
}

/** Switched off and on again, it is what it was. */
export function whenOn<T extends string | number>(before: T | null | typeof mixed | undefined, usual: T): T {
  return before === undefined || before === mixed || !before ? usual : before
}

/** The switch of a setting that may be none, with its control at the right. */
export function OptionalRow<K extends Key>(props: {
  label: string
  description: ReactNode
  field: Field<K>
  isOn: boolean
  children: ReactNode
  onSwitch(isOn: boolean): void
}) {
  const { label, description, field, isOn, children, onSwitch } = props
  return (
    <div className={classes.row}>
      <div className={classes.words}>
        <Checkbox
          mt={6}
          label={label}
          description={
            <>
              {description}
              {field.value === mixed && ` ${theyDiffer}.`}
              {field.problem !== null && <span className={classes.problem}> {field.problem}</span>}
            </>
          }
          checked={isOn}
          indeterminate={field.value === mixed}
          onChange={(event) => onSwitch(event.currentTarget.checked)}
        />
        {field.isLevelled && <Keep onKeep={field.reset} />}
      </div>
      {children}
    </div>
  )
}

interface NumberBoxProps {
  readonly id?: string
  readonly 'aria-label'?: string
  readonly 'aria-describedby'?: string
  readonly error: boolean
  readonly disabled?: boolean
  readonly value: number | null | typeof mixed
  readonly suffix: string
  onValue(value: number): void
}

function NumberBox({ value, suffix, onValue, ...props }: NumberBoxProps) {
  const isNone = value === mixed || value === null || Number.isNaN(value)
  return (
    <NumberInput
      w={140}
      {...props}
      value={isNone ? '' : Number(value)}
      placeholder={value === mixed ? theyDiffer : ''}
      suffix={suffix}
      min={0}
      clampBehavior="none"
      allowDecimal={false}
      allowNegative={false}
      onChange={(next) => onValue(typeof next === 'number' ? next : Number.NaN)}
    />
  )
}

/** One of a few words. */
export function ChoiceSetting<K extends 'memoryBacking' | 'network' | 'display'>({
  field: key,
  data,
  ...words
}: Words & { field: K; data: readonly { value: Values[K]; label: string }[] }) {
  const field = useField(key)
  return (
    <SettingRow {...words} onKeep={keepOf(field)}>
      {({ error: _, ...control }) => (
        <Select
          {...control}
          w={250}
          data={data}
          allowDeselect={false}
          value={field.value === mixed ? null : field.value}
          placeholder={theyDiffer}
          onChange={(value) => value && field.set(value)}
        />
      )}
    </SettingRow>
  )
}
