import { Alert } from '@mantine/core'
import { MIB } from '../../../core/units.ts'
import { offersGenerationDevice } from '../../../vm/config.ts'
import {
  backingWords,
  displayWords,
  firmwareWords,
  networkWords,
  tpmWords,
  wordOf,
} from '../../vms/config-words.ts'
import { SizeField } from '../parts/size-field.tsx'
import { useField, useSettings } from './context.ts'
import { CheckSetting, ChoiceSetting, NumberSetting } from './controls.tsx'
import { Section, SettingRow } from './setting-row.tsx'
import classes from './settings.module.css'
import { mixed } from './values.ts'

/** Of one VM. Everything but what can be seen waits for it to be off. */
export function HardwarePage() {
  const { vm } = useSettings()
  if (!vm) return null
  const reason = vm.refusals['change-hardware']
  return (
    <>
      {reason !== undefined && (
        <Alert color="orange" mb="md" py="xs">
          {`Hardware can be changed while the VM is off. Now ${reason}.`}
        </Alert>
      )}
      <fieldset className={classes.plain} disabled={reason !== undefined}>
        <Section title="Processor and memory">
          <NumberSetting field="cpus" label="Processors" />
          <MemorySetting />
          <ChoiceSetting
            field="memoryBacking"
            label="Kind of memory"
            description="Huge pages have to be reserved on the host; shared memory is for vhost-user and virtiofs."
            data={backingWords}
          />
        </Section>
        <Section title="Devices">
          <ChoiceSetting field="network" label="Network" data={networkWords} />
          <ChoiceSetting field="display" label="Display" data={displayWords} />
          {offersGenerationDevice(vm.machineType) && (
            <CheckSetting
              field="generationDevice"
              label="Generation device"
              description="Tells the guest that it was put back in time. Domain controllers need it."
            />
          )}
        </Section>
      </fieldset>
      <Section title="Fixed at creation">
        <dl className={classes.facts}>
          <dt>Firmware</dt>
          <dd>{wordOf(firmwareWords, vm.firmware)}</dd>
          <dt>Security module</dt>
          <dd>{wordOf(tpmWords, vm.tpm)}</dd>
          <dt>Machine type</dt>
          <dd>{vm.machineType}</dd>
        </dl>
      </Section>
    </>
  )
}

function MemorySetting() {
  const field = useField('memoryMiB')
  return (
    <SettingRow label="Memory" problem={field.problem}>
      {(control) => (
        <SizeField
          {...control}
          w={140}
          unit="MiB"
          sizeBytes={field.value === mixed ? null : field.value * MIB}
          onSize={(sizeBytes) => field.set(sizeBytes / MIB)}
        />
      )}
    </SettingRow>
  )
}
