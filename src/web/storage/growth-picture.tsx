import { LineChart } from '@mantine/charts'
import { Select, Table } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { VolumeView } from '../../contract/storage.ts'
import { queries } from '../api/queries.ts'
import { bytes, dateAndTime } from '../ui/format.ts'
import { useNow } from '../ui/use-now.ts'
import { fullIn, type GrowthPoint, growth, growthPoints } from './figures.ts'
import { chartLook, Picture, PointWords } from './picture.tsx'
import { byteScale, timeTicks } from './scale.ts'
import { Nothing, Section } from './section.tsx'
import classes from './table.module.css'

const periods = [
  { value: '1', label: 'Last day' },
  { value: '7', label: 'Last 7 days' },
  { value: '30', label: 'Last 30 days' },
]
const title = 'Growth and forecast'
/** Less than this part of a volume does not fill the picture. */
const leastShare = 0.01

/** What was used of a volume, and when it is full at the present growth. */
export function GrowthPicture({ volumes }: { volumes: readonly VolumeView[] }) {
  const [days, setDays] = useState('7')
  const [mountPoint, setMountPoint] = useState<string | null>(null)
  const { data: history, error } = useQuery({
    ...queries.storageHistory(Number(days)),
    placeholderData: (old) => old, // the choice stays where it is while it is read
  })
  const volume = volumes.find((each) => each.mountPoint === mountPoint) ?? volumes[0]
  const samples = history?.volumes.find((each) => each.mountPoint === volume?.mountPoint)?.samples ?? []
  const nowMs = useNow(60_000)
  const controls = (
    <>
      {volumes.length > 1 && (
        <Select
          size="xs"
          w={150}
          aria-label="Volume"
          data={volumes.map((each) => each.mountPoint)}
          value={volume?.mountPoint ?? null}
          onChange={setMountPoint}
          allowDeselect={false}
        />
      )}
      <Select
        size="xs"
        w={120}
        aria-label="Period"
        data={periods}
        value={days}
        onChange={(value) => value && setDays(value)}
        allowDeselect={false}
      />
    </>
  )
  if (error || !volume || samples.length < 2)
    return (
      <Section title={title} controls={controls}>
        <Nothing>
          {error
            ? error.message
            : history &&
              'The daemon measures once a minute while it runs. The picture begins with the second measurement.'}
        </Nothing>
      </Section>
    )

  const points = growthPoints(samples, volume)
  const full = fullIn(volume, nowMs)
  const forecast =
    volume.growthBytesPerHour === null
      ? 'Growth is not known yet: it takes ten minutes of measurements.'
      : full === null
        ? 'It is not foreseen to be full.'
        : `Full ${full} at the present growth.`
  const used = volume.sizeBytes - volume.freeBytes
  const grows = volume.growthBytesPerHour === null ? '' : `, growth ${growth(volume.growthBytesPerHour)}`
  const about = `${volume.mountPoint}: ${bytes(used)} of ${bytes(volume.sizeBytes)} used${grows}. ${forecast}`
  return (
    <Picture
      title={title}
      about={about}
      controls={controls}
      summary={`Space used over time. ${about}`}
      chart={
        <>
          <LineLegend />
          <Chart points={points} sizeBytes={volume.sizeBytes} />
        </>
      }
      table={<Figures points={points} />}
    />
  )
}

const dayTime = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' })
const hourTime = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })

function Chart({ points, sizeBytes }: { points: readonly GrowthPoint[]; sizeBytes: number }) {
  const values = points.flatMap(({ usedBytes, forecastBytes }) =>
    [usedBytes ?? [], forecastBytes ?? []].flat(),
  )
  const scale = byteScale(Math.min(...values), Math.max(...values), sizeBytes * leastShare)
  const [fromMs, toMs] = [points[0]?.atMs ?? 0, points.at(-1)?.atMs ?? 0]
  const offsetMinutes = new Date(toMs).getTimezoneOffset()
  const ticks = timeTicks(fromMs, toMs, offsetMinutes)
  const label = (atMs: number) => (toMs - fromMs > 2 * 86_400_000 ? dayTime : hourTime).format(new Date(atMs))
  const top = scale.ticks.at(-1) ?? 0
  return (
    <LineChart
      {...chartLook}
      h={236}
      lineChartProps={{ margin: { top: 18 } }}
      data={[...points]}
      dataKey="atMs"
      series={[
        { name: 'usedBytes', label: 'Used', color: 'var(--sp-chart-1)' },
        { name: 'forecastBytes', label: 'Forecast', color: 'var(--sp-chart-1)', strokeDasharray: '5 4' },
      ]}
      curveType="linear"
      withDots={false}
      connectNulls={false}
      valueFormatter={bytes}
      referenceLines={top >= sizeBytes ? [{ y: sizeBytes, label: 'Full', color: 'var(--sp-error)' }] : []}
      xAxisProps={{
        type: 'number',
        scale: 'time',
        domain: [fromMs, toMs],
        ticks,
        tickFormatter: label,
        interval: 'preserveStartEnd',
      }}
      yAxisProps={{
        domain: [scale.ticks[0] ?? 0, top],
        ticks: [...scale.ticks],
        tickFormatter: scale.format,
        width: 76,
      }}
      lineProps={{ isAnimationActive: false }}
      tooltipProps={{
        content: ({ payload }) => <Point point={payload?.[0]?.payload} />,
      }}
    />
  )
}

function LineLegend() {
  return (
    <div className={classes.legend}>
      <span className={classes.key}>
        <b className={classes.solid} /> Used
      </span>
      <span className={classes.key}>
        <b className={classes.dashed} /> Forecast at the present growth
      </span>
    </div>
  )
}

function Point({ point }: { point: GrowthPoint | undefined }) {
  if (!point) return null
  const { atMs, usedBytes, forecastBytes } = point
  const words =
    usedBytes === undefined ? `${bytes(forecastBytes ?? null)} foreseen` : `${bytes(usedBytes)} used`
  return <PointWords lines={[dateAndTime(new Date(atMs).toISOString()), words]} />
}

function Figures({ points }: { points: readonly GrowthPoint[] }) {
  return (
    <Table className={classes.table} verticalSpacing={4} stickyHeader>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>When</Table.Th>
          <Table.Th className={classes.number}>Used</Table.Th>
          <Table.Th className={classes.number}>Forecast</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {points.toReversed().map(({ atMs, usedBytes, forecastBytes }) => (
          <Table.Tr key={atMs}>
            <Table.Td>{dateAndTime(new Date(atMs).toISOString())}</Table.Td>
            <Table.Td className={classes.number}>{bytes(usedBytes ?? null)}</Table.Td>
            <Table.Td className={classes.number}>{bytes(forecastBytes ?? null)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}
