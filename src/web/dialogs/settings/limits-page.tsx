import { Group, Text, TextInput } from '@mantine/core'
import { GIB } from '../../../core/units.ts'
import { SizeField } from '../parts/size-field.tsx'
import { useField } from './context.ts'
import { OptionalNumberSetting, OptionalRow, theyDiffer, whenOn } from './controls.tsx'
import { Section } from './setting-row.tsx'
import { mixed } from './values.ts'

export function LimitsPage() {
  return (
    <>
      <Section title="Checkpoints">
        <OptionalNumberSetting
          field="maxCheckpoints"
          label="Limit their number"
          description="No more are created once the VM has this many."
          usual={50}
        />
        <SizeLimit />
        <OptionalNumberSetting
          field="maxCheckpointAgeDays"
          label="Limit their age"
          suffix=" days"
          description="New ones are deleted after this time. Existing ones keep their dates."
          usual={30}
        />
      </Section>
      <Section title="Merging in the background">
        <OptionalNumberSetting
          field="mergeBandwidthMiBps"
          label="Limit the bandwidth"
          suffix=" MiB/s"
          description="The most that a merge reads or writes."
          usual={100}
        />
        <QuietHours />
      </Section>
    </>
  )
}

function SizeLimit() {
  const field = useField('maxCheckpointBytes')
  const isOn = field.value !== mixed && field.value !== null
  const label = 'Limit their size'
  return (
    <OptionalRow
      label={label}
      description="No more are created once the VM's checkpoints take up this much together."
      field={field}
      isOn={isOn}
      onSwitch={(on) => field.set(on ? whenOn(field.before, 100 * GIB) : null)}
    >
      <SizeField
        w={140}
        aria-label={label}
        unit="GiB"
        disabled={!isOn}
        placeholder={field.value === mixed ? theyDiffer : ''}
        sizeBytes={field.value === mixed ? null : field.value}
        onSize={field.set}
        error={field.problem !== null}
      />
    </OptionalRow>
  )
}

/** `22:00-06:00`, entered as two times. */
function QuietHours() {
  const field = useField('mergeQuietHours')
  const isOn = field.value !== mixed && field.value !== null
  const span = field.value === mixed ? '' : (field.value ?? '')
  const [from = '', to = ''] = span.split('-')
  const time = { type: 'time', w: 118, disabled: !isOn, error: field.problem !== null }
  return (
    <OptionalRow
      label="Begin only in quiet hours"
      description="A span of the day on the host's clock; it may reach over midnight."
      field={field}
      isOn={isOn}
      onSwitch={(on) => field.set(on ? whenOn(field.before, '22:00-06:00') : null)}
    >
      <Group gap={6} wrap="nowrap">
        <TextInput
          {...time}
          aria-label="Quiet hours begin"
          value={from}
          onChange={({ currentTarget: { value } }) => field.set(`${value}-${to}`)}
        />
        <Text size="sm" c="dimmed">
          to
        </Text>
        <TextInput
          {...time}
          aria-label="Quiet hours end"
          value={to}
          onChange={({ currentTarget: { value } }) => field.set(`${from}-${value}`)}
        />
      </Group>
    </OptionalRow>
  )
}
