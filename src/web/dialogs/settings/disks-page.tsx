import { Alert, Badge, Stack, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { TaskView } from '../../../contract/task.ts'
import type { VmView } from '../../../contract/vm.ts'
import { part } from '../../api/http.ts'
import { queries } from '../../api/queries.ts'
import { queryClient } from '../../api/query-client.ts'
import { startTask } from '../../tasks/run-task.ts'
import { useEndOfTask } from '../../tasks/use-end-of-task.ts'
import { bytes } from '../../ui/format.ts'
import { diskOf } from '../new-vm/draft.ts'
import { TaskProgress } from '../parts/task-progress.tsx'
import { AddDisk } from './add-disk.tsx'
import { useSettings } from './context.ts'
import { DiskActions } from './disk-actions.tsx'
import classes from './disks-page.module.css'
import { Section } from './setting-row.tsx'

/** Of one VM. Disks are files: what is done here is done at once, and not with Save. */
export function DisksPage() {
  const { vm } = useSettings()
  return vm && <Disks vm={vm} />
}

function Disks({ vm }: { vm: VmView }) {
  const [taskId, setTaskId] = useState<string | null>(null)
  const endOfTask = useEndOfTask()
  const { mutateAsync, error, isPending } = useMutation({
    mutationFn: async (start: () => Promise<TaskView>) => {
      const task = await start()
      setTaskId(task.id)
      await endOfTask(task)
      await queryClient.invalidateQueries({ queryKey: queries.vm(vm.id).queryKey, exact: true })
    },
    onSettled: () => setTaskId(null),
  })
  const path = `/vms/${part(vm.id)}/disks`
  /** Whether it was done; what was refused is shown above. */
  const perform = (start: () => Promise<TaskView>) =>
    mutateAsync(start).then(
      () => true,
      () => false,
    )
  const notOff = vm.refusals['change-hardware'] ?? null
  return (
    <Section title="Disks">
      <Text size="sm" c="dimmed" mb="sm">
        Changes on this page take effect at once. Checkpoints keep the disks, and their sizes, as they were.
      </Text>
      <ul className={classes.list} aria-label="Disks">
        {vm.disks.map((disk) => (
          <li key={disk.id} className={classes.disk}>
            <div className={classes.words}>
              <div className={classes.title}>
                {disk.role === 'data' ? disk.id : 'UEFI variables'}
                <span className={classes.size}>{bytes(disk.virtualSizeBytes)}</span>
                {disk.linked && (
                  <Badge size="xs" variant="default">
                    Used in place
                  </Badge>
                )}
              </div>
              <div className={classes.file} title={disk.file}>
                {disk.file}
              </div>
              <div className={classes.file}>
                {`${bytes(disk.allocatedBytes)} allocated in ${disk.layers === 1 ? '1 layer' : `${disk.layers} layers`}`}
              </div>
            </div>
            {disk.role === 'data' && (
              <DiskActions
                disk={disk}
                isBusy={isPending}
                whyNotGrown={vm.refusals['grow-disk'] ?? null}
                whyNotRemoved={notOff}
                onGrow={(sizeBytes) =>
                  perform(() => startTask(`${path}/${part(disk.id)}/grow`, { sizeBytes }))
                }
                onRemove={() =>
                  perform(() => startTask(`${path}/${part(disk.id)}?confirm=true`, undefined, 'DELETE'))
                }
              />
            )}
          </li>
        ))}
        {vm.disks.length === 0 && <li className={classes.disk}>It has none.</li>}
      </ul>
      <Stack gap="sm" mt="md">
        {error && (
          <Alert role="alert" color="red" py="xs" icon={<IconAlertTriangle size={18} />}>
            {error.message}
          </Alert>
        )}
        {taskId && <TaskProgress taskId={taskId} />}
        <AddDisk
          isBusy={isPending}
          reason={notOff}
          onAdd={(disk) => perform(() => startTask(path, diskOf(disk)))}
        />
      </Stack>
    </Section>
  )
}
