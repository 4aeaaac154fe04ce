import { ActionIcon, Anchor, Button, Table, Text, TextInput } from '@mantine/core'
import { IconChevronDown, IconChevronRight, IconSearch } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { useOpenDialog } from '../dialogs/dialog-host.tsx'
import { bytes, dateAndTime } from '../ui/format.ts'
import { Bar, Legend } from './bar.tsx'
import { bySize, growth, totalBytes, type VmStorage } from './figures.ts'
import { Nothing, Section } from './section.tsx'
import classes from './table.module.css'

const pageRows = 25
/** So many are found without a search. */
const fewVms = 12

/** What each VM occupies, the largest first, and its checkpoints on demand. */
export function VmStorageTable({ vms }: { vms: readonly VmStorage[] }) {
  const openDialog = useOpenDialog()
  const [shownRows, setShownRows] = useState(pageRows)
  const [words, setWords] = useState('')
  const sorted = useMemo(() => bySize(vms), [vms])
  const largest = sorted[0] ? totalBytes(sorted[0]) : 0
  const found = sorted.filter(({ name }) => name.toLowerCase().includes(words.trim().toLowerCase()))
  return (
    <Section
      title="Virtual machines"
      about="Base: what there would be without checkpoints. Layers: differencing disks, that of Now among them. Memory: saved by standard checkpoints."
      controls={
        vms.length > fewVms && (
          <TextInput
            size="xs"
            aria-label="Find a virtual machine"
            placeholder="Find…"
            leftSection={<IconSearch size={14} />}
            value={words}
            onChange={(event) => setWords(event.currentTarget.value)}
          />
        )
      }
    >
      {vms.length === 0 ? (
        <Nothing>
          There are no virtual machines on this host yet.{' '}
          <Anchor component="button" size="sm" onClick={() => openDialog({ kind: 'new-vm' })}>
            Create one…
          </Anchor>
        </Nothing>
      ) : (
        <>
          <Legend words={{ grey: 'Base', strong: 'Layers', light: 'Memory' }} />
          <Table.ScrollContainer minWidth={760} type="native">
            <Table className={classes.table} verticalSpacing={4}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Name</Table.Th>
                  <Table.Th className={classes.wide}>Share</Table.Th>
                  <Table.Th className={classes.number}>Base</Table.Th>
                  <Table.Th className={classes.number}>Layers</Table.Th>
                  <Table.Th className={classes.number}>Memory</Table.Th>
                  <Table.Th className={classes.number}>Total</Table.Th>
                  <Table.Th className={classes.number}>Growth</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {found.slice(0, shownRows).map((vm) => (
                  <VmRows key={vm.vmId} vm={vm} largest={largest} />
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
          {found.length === 0 && <Nothing>No virtual machine has this in its name.</Nothing>}
          {found.length > shownRows && (
            <Button
              variant="subtle"
              size="compact-sm"
              style={{ alignSelf: 'flex-start' }}
              onClick={() => setShownRows(shownRows + pageRows)}
            >
              Show {Math.min(pageRows, found.length - shownRows)} more of {found.length}
            </Button>
          )}
        </>
      )}
    </Section>
  )
}

function VmRows({ vm, largest }: { vm: VmStorage; largest: number }) {
  const [isOpen, setIsOpen] = useState(false)
  const { name, baseBytes, layerBytes, memoryBytes, checkpoints } = vm
  return (
    <>
      <Table.Tr>
        <Table.Td className={classes.name} title={name}>
          <ActionIcon
            size="xs"
            variant="subtle"
            color="gray"
            mr={4}
            style={{ verticalAlign: 'middle' }}
            aria-label={`Checkpoints of ${name}`}
            aria-expanded={isOpen}
            onClick={() => setIsOpen(!isOpen)}
          >
            {isOpen ? <IconChevronDown size={14} /> : <IconChevronRight size={14} />}
          </ActionIcon>
          <Anchor size="sm" renderRoot={(props) => <Link to="/" search={{ vm: vm.vmId }} {...props} />}>
            {name}
          </Anchor>
        </Table.Td>
        <Table.Td>
          <Bar
            whole={largest}
            isOpen
            parts={[
              { tone: 'grey', value: baseBytes },
              { tone: 'strong', value: layerBytes },
              { tone: 'light', value: memoryBytes },
            ]}
          />
        </Table.Td>
        <Table.Td className={classes.number}>{bytes(baseBytes)}</Table.Td>
        <Table.Td className={classes.number}>{bytes(layerBytes)}</Table.Td>
        <Table.Td className={classes.number}>{bytes(memoryBytes)}</Table.Td>
        <Table.Td className={classes.number}>{bytes(totalBytes(vm))}</Table.Td>
        <Table.Td className={classes.number}>{growth(vm.growthBytesPerHour)}</Table.Td>
      </Table.Tr>
      {isOpen && checkpoints.length === 0 && (
        <Table.Tr className={classes.inner}>
          <Table.Td colSpan={7}>
            <Text size="xs" c="dimmed" pl={26}>
              It has no checkpoints.
            </Text>
          </Table.Td>
        </Table.Tr>
      )}
      {isOpen &&
        checkpoints.map((checkpoint) => (
          <Table.Tr key={checkpoint.id} className={classes.inner}>
            <Table.Td className={classes.name} title={checkpoint.name} pl={36}>
              <Anchor
                size="sm"
                renderRoot={(props) => (
                  <Link to="/" search={{ vm: vm.vmId, checkpoint: checkpoint.id }} {...props} />
                )}
              >
                {checkpoint.name}
              </Anchor>
            </Table.Td>
            <Table.Td>
              <Text size="xs" c="dimmed">
                {dateAndTime(checkpoint.createdAt)}
              </Text>
            </Table.Td>
            <Table.Td />
            <Table.Td className={classes.number}>{bytes(checkpoint.diskBytes)}</Table.Td>
            <Table.Td className={classes.number}>{bytes(checkpoint.memoryBytes)}</Table.Td>
            <Table.Td className={classes.number}>
              {bytes((checkpoint.diskBytes ?? 0) + (checkpoint.memoryBytes ?? 0))}
            </Table.Td>
            <Table.Td />
          </Table.Tr>
        ))}
    </>
  )
}
