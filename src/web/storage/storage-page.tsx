import '@mantine/charts/styles.css'
import { ActionIcon, Alert, Skeleton, Text, Title, Tooltip } from '@mantine/core'
import { IconRefresh } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { queries } from '../api/queries.ts'
import { dateAndTime } from '../ui/format.ts'
import { ForgottenCheckpoints } from './forgotten-checkpoints.tsx'
import { GrowthPicture } from './growth-picture.tsx'
import { StandstillPicture } from './standstill-picture.tsx'
import classes from './storage-page.module.css'
import { VmStorageTable } from './vm-storage-table.tsx'
import { VolumeTable } from './volume-table.tsx'

/** What volumes, VMs and checkpoints occupy, where that goes, and what checkpoints cost guests. */
export function StoragePage() {
  const client = useQueryClient()
  const { data: storage, error, isFetching, dataUpdatedAt } = useQuery(queries.storage)
  return (
    <main className={classes.page}>
      <div className={classes.content}>
        <header className={classes.title}>
          <div>
            <Title order={1} size="h3">
              Storage
            </Title>
            <Text size="sm" c="dimmed">
              A checkpoint is not a backup: it lies on the same disk as its virtual machine and is lost with
              it.
            </Text>
          </div>
          {storage && (
            <Text component="div" size="xs" c="dimmed" className={classes.asOf}>
              As of {dateAndTime(new Date(dataUpdatedAt).toISOString())}
              <Tooltip label="Measure again">
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  aria-label="Measure again"
                  loading={isFetching}
                  onClick={() => void client.invalidateQueries({ queryKey: ['storage'] })}
                >
                  <IconRefresh size={16} />
                </ActionIcon>
              </Tooltip>
            </Text>
          )}
        </header>
        {error && (
          <Alert color="red" role="alert" title="Storage could not be measured">
            {error.message}
          </Alert>
        )}
        {!storage && !error && <Skeleton height={320} />}
        {storage && (
          <>
            <VolumeTable volumes={storage.volumes} />
            <div className={classes.pair}>
              <GrowthPicture volumes={storage.volumes} />
              <StandstillPicture vms={storage.vms} />
            </div>
            <VmStorageTable vms={storage.vms} />
            <ForgottenCheckpoints />
          </>
        )}
      </div>
    </main>
  )
}
