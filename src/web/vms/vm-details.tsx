import { Alert, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { VmView } from '../../contract/vm.ts'
import { MIB } from '../../core/units.ts'
import { queries } from '../api/queries.ts'
import { Thumbnail } from '../screen/thumbnail.tsx'
import { bytes, dateAndTime, timeFromNow, uptime } from '../ui/format.ts'
import { useNow } from '../ui/use-now.ts'
import { countOf } from '../ui/words.ts'
import { backingWords, firmwareWords, networkWords, policyWords, tpmWords, wordOf } from './config-words.ts'
import { StateMark } from './state-mark.tsx'
import classes from './vm-details.module.css'

/** The facts of a VM, as the daemon knows them now. */
export function VmDetails({ vmId }: { vmId: string }) {
  const { data: vm, error } = useQuery(queries.vm(vmId))
  if (error && !vm)
    return (
      <Alert color="red" role="alert" title="The details could not be read">
        {error.message}
      </Alert>
    )
  if (!vm) return null
  return (
    <div className={classes.details}>
      {vm.brokenReason !== null && (
        <Alert color="red" title="This virtual machine is broken">
          {vm.brokenReason}
        </Alert>
      )}
      <div className={classes.top}>
        <Running vm={vm} />
        {vm.display !== 'none' && <Thumbnail vm={vm} />}
      </div>
      <Hardware vm={vm} />
      <Disks vm={vm} />
      <Checkpoints vm={vm} />
      <Section title="Location">
        <Fact label="Folder" isLong>
          {vm.folder}
        </Fact>
        <Fact label="Checkpoints" isLong={vm.settings.checkpointLocation !== null}>
          {vm.settings.checkpointLocation ?? 'In the folder of the virtual machine'}
        </Fact>
        {vm.consoleLog !== null && (
          <Fact label="Console log" isLong>
            {vm.consoleLog}
          </Fact>
        )}
        <Fact label="Id" isLong>
          {vm.id}
        </Fact>
      </Section>
    </div>
  )
}

function Running({ vm }: { vm: VmView }) {
  const nowMs = useNow()
  return (
    <Section title="Status">
      <Fact label="State">
        <StateMark state={vm.state} />
      </Fact>
      {vm.status !== null && <Fact label="Status">{vm.status}</Fact>}
      {vm.startedAt !== null && (
        <Fact label="Uptime">
          <span title={`Since ${dateAndTime(vm.startedAt)}`}>
            {uptime(nowMs - new Date(vm.startedAt).getTime())}
          </span>
        </Fact>
      )}
      {vm.memoryResidentPercent !== null && (
        <Fact label="Memory loaded">{vm.memoryResidentPercent}%; the rest follows while the guest runs</Fact>
      )}
      <Fact label="Created">{dateAndTime(vm.createdAt)}</Fact>
      {vm.tags.length > 0 && <Fact label="Tags">{vm.tags.join(', ')}</Fact>}
    </Section>
  )
}

function Hardware({ vm }: { vm: VmView }) {
  return (
    <Section title="Hardware">
      <Fact label="Memory">
        {bytes(vm.memoryMiB * MIB)}
        {vm.memoryBacking !== 'normal' && `, ${wordOf(backingWords, vm.memoryBacking).toLowerCase()}`}
      </Fact>
      <Fact label="Processors">{vm.cpus}</Fact>
      <Fact label="Firmware">{wordOf(firmwareWords, vm.firmware)}</Fact>
      <Fact label="TPM">{wordOf(tpmWords, vm.tpm)}</Fact>
      <Fact label="Network">{wordOf(networkWords, vm.network)}</Fact>
      <Fact label="Display">{vm.display === 'vnc' ? 'Screen in the console' : 'None'}</Fact>
      <Fact label="Machine type">{vm.machineType}</Fact>
      <Fact label="Generation id" isLong={vm.generationDevice}>
        {vm.generationDevice ? vm.generationId : 'The VM has no generation device'}
      </Fact>
    </Section>
  )
}

function Disks({ vm }: { vm: VmView }) {
  return (
    <Section title="Disks">
      {vm.disks.length === 0 && <Fact label="Disks">None</Fact>}
      {vm.disks.map((disk) => (
        <Fact key={disk.id} label={disk.role === 'uefi-vars' ? 'UEFI variables' : disk.id}>
          {bytes(disk.virtualSizeBytes)}, {bytes(disk.allocatedBytes)} used in {countOf(disk.layers, 'layer')}
          {disk.linked && ', linked image'}
          <Text size="xs" c="dimmed" className={classes.path}>
            {disk.file}
          </Text>
        </Fact>
      ))}
    </Section>
  )
}

function Checkpoints({ vm }: { vm: VmView }) {
  const nowMs = useNow(60_000)
  const { undo, lastApply } = vm
  return (
    <Section title="Checkpoints">
      <Fact label="Number">{vm.checkpointCount}</Fact>
      <Fact label="Policy">{wordOf(policyWords, vm.settings.checkpointPolicy)}</Fact>
      <Fact label="Automatic">{vm.settings.automaticCheckpoints ? 'One at each start' : 'No'}</Fact>
      {lastApply && (
        <Fact label="Last apply">
          {lastApply.checkpointName}, <Time at={lastApply.at} nowMs={nowMs} />
        </Fact>
      )}
      <Fact label="Undo">
        {undo ? (
          <>
            The apply of {undo.applied} can be undone until {dateAndTime(undo.expiresAt)}
          </>
        ) : (
          'Nothing to undo'
        )}
      </Fact>
      {vm.waitingMerges > 0 && <Fact label="Merges">{countOf(vm.waitingMerges, 'layer')} waiting</Fact>}
      {vm.keptMemoryBytes !== null && vm.keptMemoryBytes > 0 && (
        <Fact label="Kept memory">
          {bytes(vm.keptMemoryBytes)} of deleted checkpoints that others are read from
        </Fact>
      )}
    </Section>
  )
}

function Time({ at, nowMs }: { at: string; nowMs: number }) {
  return (
    <time dateTime={at} title={dateAndTime(at)}>
      {timeFromNow(at, nowMs)}
    </time>
  )
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <h3 className={classes.heading}>{title}</h3>
      <dl className={classes.facts}>{children}</dl>
    </section>
  )
}

function Fact({ label, isLong = false, children }: { label: string; isLong?: boolean; children: ReactNode }) {
  return (
    <>
      <dt>{label}</dt>
      <dd data-long={isLong || undefined}>{children}</dd>
    </>
  )
}
