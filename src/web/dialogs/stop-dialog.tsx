import { Group, NumberInput, Radio, Stack, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useId, useState } from 'react'
import type { VmRow } from '../../contract/vm.ts'
import { part } from '../api/http.ts'
import { forEachVm, SomeRefused } from '../tasks/for-each-vm.ts'
import { startTask } from '../tasks/run-task.ts'
import { countOf } from '../ui/words.ts'
import type { DialogProps } from './dialog.ts'
import { FormDialog } from './parts/form-dialog.tsx'
import { VmNames } from './parts/vm-names.tsx'

const patience = { min: 1, max: 3600, usual: 120 } as const

export default function StopDialog({ vms, turnOff = false, onClose }: DialogProps<'stop'>) {
  const [on, setOn] = useState(vms.filter(({ state }) => state !== 'off'))
  const cannotShutDown = on.filter(({ state }) => state !== 'running')
  const [chosen, setChosen] = useState<'shut-down' | 'turn-off'>(
    on.length > cannotShutDown.length && !turnOff ? 'shut-down' : 'turn-off',
  )
  const [timeoutSeconds, setTimeoutSeconds] = useState<number | string>(patience.usual)
  const waitId = useId()
  const { mutate, error, isPending } = useMutation({
    mutationFn: () =>
      forEachVm(on, ({ id }) =>
        startTask(
          `/vms/${part(id)}/stop`,
          chosen === 'turn-off' ? { force: true } : { force: false, timeoutSeconds },
        ),
      ),
    onError: (failure) => failure instanceof SomeRefused && setOn(failure.refused.map(({ vm }) => vm)),
  })
  const [only] = on
  return (
    <FormDialog
      title={
        on.length > 1 ? `Stop ${countOf(on.length, 'virtual machine')}` : `Stop ${(only ?? vms[0])?.name}`
      }
      size={480}
      submitLabel={chosen === 'turn-off' ? 'Turn off' : 'Shut down'}
      isDangerous={chosen === 'turn-off'}
      isBusy={isPending}
      incomplete={incompleteOf(only, chosen, timeoutSeconds)}
      error={error?.message}
      onSubmit={() => mutate(undefined, { onSuccess: onClose })}
      onClose={onClose}
    >
      <Stack gap="md">
        {on.length > 1 && <VmNames vms={on} note={({ state }) => state !== 'running' && state} />}
        <Radio.Group value={chosen} onChange={setChosen} aria-label="How to stop">
          <Stack gap="sm">
            <Radio
              value="shut-down"
              label="Shut down"
              disabled={on.length === cannotShutDown.length}
              data-autofocus={chosen === 'shut-down' || undefined}
              description={`The guest is asked to shut down by itself, as by its power button. Nothing that it has saved is lost.${
                cannotShutDown.length > 0 ? ` ${whyNot(cannotShutDown, on.length)}` : ''
              }`}
            />
            <Group gap="sm" ml={32} wrap="nowrap">
              <Text component="label" size="sm" htmlFor={waitId} flex="none">
                Wait for at most
              </Text>
              <NumberInput
                id={waitId}
                w={110}
                flex="none"
                suffix=" s"
                {...{ min: patience.min, max: patience.max }}
                clampBehavior="none"
                allowDecimal={false}
                disabled={chosen !== 'shut-down'}
                value={timeoutSeconds}
                onChange={setTimeoutSeconds}
                error={!isPatience(timeoutSeconds)}
              />
              <Text size="xs" c={isPatience(timeoutSeconds) ? 'dimmed' : 'var(--sp-error)'}>
                {isPatience(timeoutSeconds)
                  ? 'One that is not off by then is left running.'
                  : `1 to ${patience.max.toLocaleString('en')} s.`}
              </Text>
            </Group>
            <Radio
              value="turn-off"
              label="Turn off at once"
              data-autofocus={chosen === 'turn-off' || undefined}
              description="Like pulling the plug. What the guest has not written to its disks yet is lost, and its file systems may need a repair."
            />
          </Stack>
        </Radio.Group>
        {on.length < vms.length && on.length > 0 && !error && (
          <Text size="sm" c="dimmed">
            {countOf(vms.length - on.length, 'more VM is', 'more VMs are')} off already.
          </Text>
        )}
      </Stack>
    </FormDialog>
  )
}

function incompleteOf(only: VmRow | undefined, chosen: string, timeoutSeconds: number | string) {
  if (!only) return 'All of them are off already.'
  return chosen === 'turn-off' || isPatience(timeoutSeconds) ? null : ''
}

function isPatience(seconds: number | string): boolean {
  return typeof seconds === 'number' && seconds >= patience.min && seconds <= patience.max
}

/** Said by the daemon too, once it is asked. */
function whyNot(vms: readonly VmRow[], count: number): string {
  const [first] = vms
  if (count === 1) return `Not possible now: the VM is ${first?.state}, so its guest cannot answer.`
  return vms.length === 1
    ? `Not possible for ${first?.name}: it is ${first?.state}.`
    : `Not possible for ${vms.length} of them, which do not run.`
}
