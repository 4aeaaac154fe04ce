import { Alert, Anchor, NumberInput, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { ReportView } from '../../contract/storage.ts'
import { queries } from '../api/queries.ts'
import { bytes, timeFromNow } from '../ui/format.ts'
import { useNow } from '../ui/use-now.ts'
import { countOf } from '../ui/words.ts'
import { growth } from './figures.ts'
import { Nothing, Section } from './section.tsx'
import classes from './table.module.css'

/** VMs with old or many checkpoints, and what to do about them. */
export function ForgottenCheckpoints() {
  const [olderThanDays, setOlderThanDays] = useState(7)
  const [moreThan, setMoreThan] = useState(3)
  const { data: report, error } = useQuery({
    ...queries.report(olderThanDays, moreThan),
    placeholderData: (old) => old,
  })
  return (
    <Section
      title="Forgotten checkpoints"
      about="A checkpoint is not a backup. Old ones slow disks down and grow with each write."
      controls={
        <>
          <Limit label="Older than, days" value={olderThanDays} onChange={setOlderThanDays} />
          <Limit label="More than" value={moreThan} onChange={setMoreThan} />
        </>
      }
    >
      {error && (
        <Alert color="red" role="alert" title="The report could not be made">
          {error.message}
        </Alert>
      )}
      {report?.vms.length === 0 && (
        <Nothing>
          None: no virtual machine has a checkpoint older than {countOf(olderThanDays, 'day')}, or more than{' '}
          {moreThan} of them.
        </Nothing>
      )}
      {report && report.vms.length > 0 && <ReportTable report={report} />}
    </Section>
  )
}

function Limit(props: { label: string; value: number; onChange: (value: number) => void }) {
  const { label, value, onChange } = props
  return (
    <>
      <Text size="xs" c="dimmed" aria-hidden>
        {label}
      </Text>
      <NumberInput
        size="xs"
        w={64}
        min={0}
        max={3650}
        allowDecimal={false}
        aria-label={label}
        value={value}
        onChange={(next) => typeof next === 'number' && onChange(next)}
      />
    </>
  )
}

function ReportTable({ report: { vms, totals } }: { report: ReportView }) {
  const nowMs = useNow(60_000)
  return (
    <Table.ScrollContainer minWidth={820} type="native">
      <Table className={`${classes.table} ${classes.top}`} verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Virtual machine</Table.Th>
            <Table.Th>Why</Table.Th>
            <Table.Th>Oldest</Table.Th>
            <Table.Th className={classes.number}>Size</Table.Th>
            <Table.Th className={classes.number}>Growth</Table.Th>
            <Table.Th>What to do</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {vms.map(({ vmId, name, oldest, bytes: sizeBytes, growthBytesPerHour, reasons, advice }) => (
            <Table.Tr key={vmId}>
              <Table.Td className={classes.name} title={name}>
                <Anchor
                  size="sm"
                  renderRoot={(props) => (
                    <Link to="/" search={{ vm: vmId, checkpoint: oldest.id }} {...props} />
                  )}
                >
                  {name}
                </Anchor>
              </Table.Td>
              <Table.Td>{reasons.join('; ')}</Table.Td>
              <Table.Td className={classes.name} title={oldest.name}>
                {oldest.name}
                <Text size="xs" c="dimmed">
                  {timeFromNow(oldest.createdAt, nowMs)}
                </Text>
              </Table.Td>
              <Table.Td className={classes.number}>{bytes(sizeBytes)}</Table.Td>
              <Table.Td className={classes.number}>{growth(growthBytesPerHour)}</Table.Td>
              <Table.Td className={classes.advice}>{advice}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
        <Table.Tfoot>
          <Table.Tr>
            <Table.Td colSpan={3}>
              {countOf(totals.vms, 'virtual machine')} with {countOf(totals.checkpoints, 'checkpoint')}
            </Table.Td>
            <Table.Td className={classes.number}>{bytes(totals.bytes)}</Table.Td>
            <Table.Td colSpan={2} />
          </Table.Tr>
        </Table.Tfoot>
      </Table>
    </Table.ScrollContainer>
  )
}
