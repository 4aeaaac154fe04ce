import { Text } from '@mantine/core'
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import type { CheckpointView } from '../../contract/checkpoint.ts'
import { milliseconds } from '../ui/format.ts'
import classes from './checkpoint-details.module.css'
import { Fields, Section } from './details-parts.tsx'

type Record = CheckpointView['record']

const policyWords: Readonly<{ [Policy in Record['policy']]: string }> = {
  Disabled: 'checkpoints disabled',
  Standard: 'a standard checkpoint',
  Production: 'a production checkpoint, else a standard one',
  ProductionOnly: 'a production checkpoint only',
}

const decisionWords: Readonly<{ [Action in Record['guards'][number]['action']]: string }> = {
  warn: 'warned',
  confirm: 'had to be confirmed',
  forbid: 'forbidden',
}

/** How the checkpoint came about: what was asked for, what was reached, and what it cost the guest. */
export function RecordSections({
  checkpoint: { vmId, record, memoryBytes },
}: {
  checkpoint: CheckpointView
}) {
  const { applications, guards } = record
  return (
    <>
      <Section title="How it came about">
        <Fields fields={[['Policy', policyWords[record.policy]]]} />
        {record.fallbackReason !== null && (
          <Warning title="Another kind was made than the policy prefers">{record.fallbackReason}</Warning>
        )}
        {record.captureReason !== null && (
          <Warning title="The guest stood still while its memory was saved">{record.captureReason}</Warning>
        )}
        <Fields
          fields={[
            ['Guest frozen', record.frozenMs === null ? 'no' : milliseconds(record.frozenMs)],
            ['File systems', filesIn(record.frozenFileSystems)],
            ['Guest paused', record.pauseMs === null ? 'it did not run' : milliseconds(record.pauseMs)],
            ['Disk switch', record.switchMs === null ? null : milliseconds(record.switchMs)],
            ['Memory', memoryBytes === null ? null : captureIn(record)],
            ['Guest agent', record.agentVersion ?? 'not asked'],
            ['QEMU', record.qemuVersion ?? 'not running'],
          ]}
        />
        <Text size="sm" mt={8}>
          <Link to="/storage" search={{ vm: vmId }} className={classes.link}>
            Pauses and freezes of all its checkpoints
          </Link>
        </Text>
      </Section>
      {applications.length > 0 && (
        <Section title="Applications in the guest">
          <ul className={classes.list}>
            {applications.map(({ name, outcome, detail, prepareMs }) => (
              <li key={name} data-tone={outcome === 'failed' ? 'warning' : 'ok'}>
                {outcome === 'failed' ? (
                  <IconAlertTriangle size={15} aria-hidden="true" />
                ) : (
                  <IconCircleCheck size={15} aria-hidden="true" />
                )}
                <span>
                  <b>{name}</b> {outcome}, ready after {milliseconds(prepareMs)}
                  <small>{detail}</small>
                </span>
              </li>
            ))}
          </ul>
        </Section>
      )}
      {guards.length > 0 && (
        <Section title="Risks that were found">
          <ul className={classes.list}>
            {guards.map(({ guard, action, evidence, confirmed }) => (
              <li key={guard} data-tone="warning">
                <IconAlertTriangle size={15} aria-hidden="true" />
                <span>
                  <b>{titleOf(guard)}</b> {confirmed ? 'confirmed by the user' : decisionWords[action]}
                  <small>{evidence}</small>
                </span>
              </li>
            ))}
          </ul>
        </Section>
      )}
    </>
  )
}

function Warning({ title, children }: { title: string; children: string }) {
  return (
    <div className={classes.warning}>
      <IconAlertTriangle size={15} aria-hidden="true" />
      <span>
        <b>{title}</b>
        <small>{children}</small>
      </span>
    </div>
  )
}

function filesIn(count: number | null): string | null {
  if (count === null) return null
  return count === 1 ? '1 frozen' : `${count} frozen`
}

function captureIn({ captureReason }: Record): string {
  return captureReason === null ? 'saved behind the running guest' : 'saved while the guest stood still'
}

/** `multi-tier-application` → `Multi tier application`. */
function titleOf(guard: string): string {
  return guard.charAt(0).toUpperCase() + guard.slice(1).replaceAll('-', ' ')
}
