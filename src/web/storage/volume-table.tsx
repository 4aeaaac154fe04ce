import { Table } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import type { VolumeView } from '../../contract/storage.ts'
import { bytes, dateAndTime } from '../ui/format.ts'
import { useNow } from '../ui/use-now.ts'
import { Bar, Legend } from './bar.tsx'
import { fullIn, growth } from './figures.ts'
import { Nothing, Section } from './section.tsx'
import classes from './table.module.css'

/** The file systems on which files of VMs lie, and when they are full. */
export function VolumeTable({ volumes }: { volumes: readonly VolumeView[] }) {
  return (
    <Section
      title="Volumes"
      about="File systems with files of virtual machines. Guests stand still when one of them is full."
      controls={<Legend words={{ strong: 'Virtual machines', grey: 'Others' }} free="Free" />}
    >
      {volumes.length === 0 ? (
        <Nothing>No volume has been measured yet.</Nothing>
      ) : (
        <Table.ScrollContainer minWidth={760} type="native">
          <Table className={classes.table} verticalSpacing={6}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Volume</Table.Th>
                <Table.Th className={classes.wide}>Share</Table.Th>
                <Table.Th className={classes.number}>Size</Table.Th>
                <Table.Th className={classes.number}>Used by VMs</Table.Th>
                <Table.Th className={classes.number}>Free</Table.Th>
                <Table.Th className={classes.number}>Growth</Table.Th>
                <Table.Th className={classes.number}>Full</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {volumes.map((volume) => (
                <VolumeRow key={volume.mountPoint} volume={volume} />
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Section>
  )
}

function VolumeRow({ volume }: { volume: VolumeView }) {
  const { mountPoint, sizeBytes, freeBytes, vmBytes, growthBytesPerHour } = volume
  const others = Math.max(0, sizeBytes - freeBytes - vmBytes)
  return (
    <Table.Tr>
      <Table.Td className={classes.name} title={mountPoint}>
        {mountPoint}
      </Table.Td>
      <Table.Td>
        <Bar
          whole={sizeBytes}
          parts={[
            { tone: 'strong', value: vmBytes },
            { tone: 'grey', value: others },
          ]}
        />
      </Table.Td>
      <Table.Td className={classes.number}>{bytes(sizeBytes)}</Table.Td>
      <Table.Td className={classes.number}>{bytes(vmBytes)}</Table.Td>
      <Table.Td className={classes.number}>{bytes(freeBytes)}</Table.Td>
      <Table.Td className={classes.number}>{growth(growthBytesPerHour)}</Table.Td>
      <Table.Td className={classes.number}>
        <FullWhen volume={volume} />
      </Table.Td>
    </Table.Tr>
  )
}

/** The forecast, with a colour and a sign when it is near. */
function FullWhen({ volume }: { volume: VolumeView }) {
  const nowMs = useNow(60_000)
  const words = fullIn(volume, nowMs)
  if (words === null || volume.fullAt === null) return <>not foreseen</>
  const { level, fullAt } = volume
  return (
    <span className={level === 'ok' ? undefined : classes[level]} title={dateAndTime(fullAt)}>
      {level !== 'ok' && <IconAlertTriangle size={14} aria-label="Soon" />}
      {words}
    </span>
  )
}
