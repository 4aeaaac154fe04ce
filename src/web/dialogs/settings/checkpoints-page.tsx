import { TextInput } from '@mantine/core'
import { useField, useSettings } from './context.ts'
import { CheckSetting, keepOf, NumberSetting, OptionalNumberSetting, theyDiffer } from './controls.tsx'
import { PolicySetting } from './policy-setting.tsx'
import { Section, SettingRow } from './setting-row.tsx'
import { mixed } from './values.ts'
import { whyLocationStays } from './why-location-stays.ts'

export function CheckpointsPage() {
  return (
    <>
      <Section title="Checkpoints">
        <PolicySetting />
        <CheckSetting
          field="automaticCheckpoints"
          label="Use automatic checkpoints"
          description="One is created when a VM without checkpoints starts, and deleted when it next shuts down cleanly."
        />
      </Section>
      <Section title="Production checkpoints">
        <NumberSetting
          field="freezeBudgetMs"
          label="Freeze budget"
          suffix=" ms"
          description="The longest time that the guest's file systems may stand still."
        />
      </Section>
      <Section title="Applying a checkpoint">
        <OptionalNumberSetting
          field="undoHours"
          label="It can be undone for"
          suffix=" h"
          usual={24}
          none={0}
          description="What an apply discards is kept this long, and takes up space until then."
        />
        <CheckSetting
          field="syncClockAfterApply"
          label="Set the guest's clock"
          description="After a standard checkpoint is applied, through the guest agent. Otherwise the guest goes on with the time of the checkpoint."
        />
      </Section>
      <Section title="Checkpoint location">
        <LocationSetting />
      </Section>
    </>
  )
}

function LocationSetting() {
  const { vm, vms } = useSettings()
  const field = useField('checkpointLocation')
  const reason = whyLocationStays(vm, vms)
  return (
    <SettingRow
      label="Folder on the host"
      problem={field.problem}
      onKeep={keepOf(field)}
      description={
        reason ??
        'For differencing disks and saved memory; its full path. Empty: the folder of the VM itself.'
      }
    >
      {(control) => (
        <TextInput
          {...control}
          w={280}
          disabled={reason !== null}
          value={field.value === mixed ? '' : (field.value ?? '')}
          placeholder={field.value === mixed ? theyDiffer : (vm?.folder ?? "The VM's own folder")}
          title={field.value === mixed ? theyDiffer : (field.value ?? vm?.folder)}
          onChange={({ currentTarget: { value } }) => field.set(value === '' ? null : value)}
          autoComplete="off"
          spellCheck={false}
        />
      )}
    </SettingRow>
  )
}
