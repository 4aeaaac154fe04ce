import { Checkbox, Radio } from '@mantine/core'
import type { CheckpointPolicy } from '../../../vm/config.ts'
import { useField, useSettings } from './context.ts'
import { theyDiffer } from './controls.tsx'
import { Keep } from './setting-row.tsx'
import classes from './settings.module.css'
import { mixed } from './values.ts'

/**
 * The policy as Hyper-V asks for it: whether at all, which kind, and what if the guest cannot take part.
 *
 * | enabled | kind | standard instead | policy |
 * |---|---|---|---|
 * | no | | | `Disabled` |
 * | yes | production | yes | `Production` |
 * | yes | production | no | `ProductionOnly` |
 * | yes | standard | | `Standard` |
 */
export function PolicySetting() {
  const { original } = useSettings()
  const { value, set, isLevelled, reset } = useField('checkpointPolicy')
  const isMixed = value === mixed
  const isOff = value === 'Disabled'
  const isProduction = value === 'Production' || value === 'ProductionOnly'
  const before = original.checkpointPolicy
  const whenEnabled: CheckpointPolicy =
    before === undefined || before === mixed || before === 'Disabled' ? 'Production' : before
  return (
    <div>
      <Checkbox
        label="Enable checkpoints"
        description={isMixed ? `${theyDiffer}.` : undefined}
        checked={!isMixed && !isOff}
        indeterminate={isMixed}
        onChange={(event) => set(event.currentTarget.checked ? whenEnabled : 'Disabled')}
      />
      {isLevelled && <Keep onKeep={reset} />}
      <Radio.Group
        aria-label="Kind of checkpoint"
        value={isMixed || isOff ? null : isProduction ? 'production' : 'standard'}
        onChange={(kind) => set(kind === 'standard' ? 'Standard' : 'Production')}
      >
        <div className={classes.choices}>
          <Radio
            value="production"
            label="Production checkpoints"
            disabled={isOff}
            description="The guest brings its file systems and applications into order, and its disks are captured. Its memory is not: after an apply it starts anew."
          />
          <Checkbox
            ml={28}
            label="Create standard checkpoints if the guest does not support the creation of production checkpoints"
            disabled={!isProduction}
            checked={value === 'Production'}
            onChange={(event) => set(event.currentTarget.checked ? 'Production' : 'ProductionOnly')}
          />
          <Radio
            value="standard"
            label="Standard checkpoints"
            disabled={isOff}
            description="Disks, memory and devices are captured at one instant; after an apply the guest goes on from there. Its applications are not asked."
          />
        </div>
      </Radio.Group>
    </div>
  )
}
