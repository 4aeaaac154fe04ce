import { NumberInput, Select, SimpleGrid } from '@mantine/core'
import { limits } from '../../../vm/config.ts'
import { displayWords, firmwareWords, networkWords, tpmWords } from '../../vms/config-words.ts'
import { SizeField } from '../parts/size-field.tsx'
import type { PartProps } from './part.ts'

export function HardwarePart({ draft, problems, change }: PartProps) {
  return (
    <SimpleGrid cols={2} spacing="md" verticalSpacing="sm">
      <SizeField
        label="Memory"
        w="100%"
        unit="MiB"
        sizeBytes={draft.memoryBytes}
        onSize={(memoryBytes) => change({ memoryBytes })}
        error={problems.memory}
      />
      <NumberInput
        label="Processors"
        {...limits.cpus}
        clampBehavior="none"
        allowDecimal={false}
        value={draft.cpus}
        onChange={(cpus) => change({ cpus })}
        error={problems.cpus}
      />
      <Select
        label="Firmware"
        data={firmwareWords}
        allowDeselect={false}
        value={draft.firmware}
        onChange={(firmware) => firmware && change({ firmware })}
      />
      <Select
        label="Security module"
        data={tpmWords}
        allowDeselect={false}
        value={draft.tpm}
        onChange={(tpm) => tpm && change({ tpm })}
      />
      <Select
        label="Network"
        data={networkWords}
        allowDeselect={false}
        value={draft.network}
        onChange={(network) => network && change({ network })}
      />
      <Select
        label="Display"
        data={displayWords}
        allowDeselect={false}
        value={draft.display}
        onChange={(display) => display && change({ display })}
      />
    </SimpleGrid>
  )
}
