import { BarChart } from '@mantine/charts'
import { Select, Table } from '@mantine/core'
import { useSearch } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { dateAndTime, milliseconds } from '../ui/format.ts'
import { medianAndLargest, type Standstill, standstills, type VmStorage } from './figures.ts'
import pictureClasses from './picture.module.css'
import { chartLook, Picture, PointWords } from './picture.tsx'
import { durationScale } from './scale.ts'
import { Nothing, Section } from './section.tsx'
import classes from './table.module.css'

const mostCheckpoints = 60
const title = 'Pauses and freezes'

/** How long checkpoints made guests stand still, and their file systems. */
export function StandstillPicture({ vms }: { vms: readonly VmStorage[] }) {
  const search: { vm?: string } = useSearch({ strict: false })
  const [chosen, setChosen] = useState<string | null>(search.vm ?? null)
  const vmId = vms.some((vm) => vm.vmId === chosen) ? chosen : null
  const rows = useMemo(() => standstills(vms, vmId, mostCheckpoints), [vms, vmId])
  const choices = useMemo(
    () =>
      vms
        .filter(({ checkpoints }) =>
          checkpoints.some((each) => each.pauseMs !== null || each.frozenMs !== null),
        )
        .map((vm) => ({ value: vm.vmId, label: vm.name })),
    [vms],
  )
  if (choices.length === 0)
    return (
      <Section title={title}>
        <Nothing>
          No checkpoint was taken of a running virtual machine yet. Here you will see for how many
          milliseconds each one paused its guest and froze its file systems.
        </Nothing>
      </Section>
    )
  const about = `${wordsOf(
    'Paused',
    rows.map(({ pauseMs }) => pauseMs),
  )} ${wordsOf(
    'Frozen',
    rows.map(({ frozenMs }) => frozenMs),
  )}`
  return (
    <Picture
      title={title}
      about={about}
      summary={`Of the last ${rows.length} checkpoints of running guests. ${about}`}
      controls={
        <Select
          size="xs"
          w={170}
          aria-label="Virtual machine"
          placeholder="All virtual machines"
          data={choices}
          value={vmId}
          onChange={setChosen}
          searchable
          clearable
        />
      }
      chart={
        <>
          <Bars rows={rows} figure="pauseMs" label="Guest paused, ms" />
          <Bars rows={rows} figure="frozenMs" label="File systems frozen, ms" />
        </>
      }
      table={<Figures rows={rows} />}
    />
  )
}

function wordsOf(what: string, values: readonly (number | null)[]): string {
  const found = medianAndLargest(values)
  return found
    ? `${what}: median ${milliseconds(found.median)}, longest ${milliseconds(found.largest)}.`
    : `${what}: never.`
}

interface BarsProps {
  readonly rows: readonly Standstill[]
  readonly figure: 'pauseMs' | 'frozenMs'
  readonly label: string
}

/** One measure by itself: pauses are too short to be seen beside freezes. */
function Bars({ rows, figure, label }: BarsProps) {
  const { median, largest } = medianAndLargest(rows.map((row) => row[figure])) ?? { median: 1, largest: 1 }
  const { isUneven, ticks } = durationScale(median, largest)
  return (
    <>
      <div className={pictureClasses.label}>
        {label}
        {isUneven && ' (square-root scale)'}
      </div>
      <BarChart
        {...chartLook}
        h={118}
        barChartProps={{ margin: { top: 8 } }}
        data={[...rows]}
        dataKey="checkpointId"
        series={[{ name: figure, color: figure === 'pauseMs' ? 'var(--sp-chart-1)' : 'var(--sp-chart-3)' }]}
        maxBarWidth={18}
        withXAxis={figure === 'frozenMs'}
        xAxisProps={{ tickFormatter: (id: string) => whenOf(rows, id), minTickGap: 24 }}
        yAxisProps={{
          width: 56,
          scale: isUneven ? 'sqrt' : 'linear',
          domain: [0, ticks.at(-1) ?? 0],
          ticks: [...ticks],
          interval: 0,
        }}
        barProps={{ isAnimationActive: false, radius: 1 }}
        tooltipProps={{ content: ({ payload }) => <Point row={payload?.[0]?.payload} /> }}
      />
    </>
  )
}

const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' })
const time = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' })

/** The day; the time of day where all are of one. */
function whenOf(rows: readonly Standstill[], checkpointId: string): string {
  const row = rows.find((each) => each.checkpointId === checkpointId)
  if (!row) return ''
  const days = new Set(rows.map(({ createdAt }) => day.format(new Date(createdAt))))
  return (days.size > 1 ? day : time).format(new Date(row.createdAt))
}

function Point({ row }: { row: Standstill | undefined }) {
  if (!row) return null
  const { vmName, checkpointName, createdAt, pauseMs, frozenMs } = row
  return (
    <PointWords
      lines={[
        `${vmName}: ${checkpointName}`,
        dateAndTime(createdAt),
        `Paused ${milliseconds(pauseMs)}, frozen ${milliseconds(frozenMs)}`,
      ]}
    />
  )
}

function Figures({ rows }: { rows: readonly Standstill[] }) {
  return (
    <Table className={classes.table} verticalSpacing={4} stickyHeader>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Virtual machine</Table.Th>
          <Table.Th>Checkpoint</Table.Th>
          <Table.Th>When</Table.Th>
          <Table.Th className={classes.number}>Paused</Table.Th>
          <Table.Th className={classes.number}>Frozen</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.toReversed().map((row) => (
          <Table.Tr key={row.checkpointId}>
            <Table.Td className={classes.name} title={row.vmName}>
              {row.vmName}
            </Table.Td>
            <Table.Td className={classes.name} title={row.checkpointName}>
              {row.checkpointName}
            </Table.Td>
            <Table.Td>{dateAndTime(row.createdAt)}</Table.Td>
            <Table.Td className={classes.number}>{milliseconds(row.pauseMs)}</Table.Td>
            <Table.Td className={classes.number}>{milliseconds(row.frozenMs)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}
