import type { VmView } from '../../contract/vm.ts'
import { MIB } from '../../core/units.ts'
import type { Context } from '../context.ts'
import { bytes, localTime, nothing, plain, uptime } from '../format.ts'
import { labelled } from '../table.ts'
import { settingsLines } from '../vm-settings.ts'
import { paintedState } from '../vm-state.ts'

export async function run(context: Context, vmKey: string): Promise<void> {
  const client = await context.client()
  const vm = await client.showVm(vmKey)
  context.document(vm)
  if (context.isJson) return
  const checkpoints = vm.nowParentId === null ? [] : await client.listCheckpoints(vm.id)
  const nowParent = checkpoints.find((checkpoint) => checkpoint.id === vm.nowParentId)
  context.say(
    labelled([
      ['Name', vm.name],
      ['Id', vm.id],
      ['State', stateLines(context, vm)],
      ['Memory', bytes(vm.memoryMiB * MIB)],
      ['CPUs', String(vm.cpus)],
      ['Firmware', `${vm.firmware}, ${vm.machineType}`],
      ['TPM', vm.tpm],
      ['Network', vm.network],
      ['Display', vm.vncSocket === null ? vm.display : `${vm.display} at ${vm.vncSocket}`],
      ['Disks', vm.disks.length === 0 ? nothing : vm.disks.map(diskLine)],
      ...settingsLines(vm),
      ['Generation id', vm.generationDevice ? vm.generationId : `${nothing} (no generation device)`],
      ['Last applied', lastApplied(vm)],
      ['Checkpoints', checkpointsLine(vm, nowParent?.name)],
      ['Can be undone', undoLine(vm)],
      ['Created', localTime(vm.createdAt)],
      ['Folder', vm.folder],
      ['Console log', vm.consoleLog ?? nothing],
    ]),
  )
}

function lastApplied({ lastApply }: VmView): string | string[] {
  if (lastApply === null) return nothing
  const risks = lastApply.guards.map(
    ({ guard, evidence, confirmed }) => `${guard}: ${evidence} (${confirmed ? 'confirmed' : 'warned'})`,
  )
  return [`"${lastApply.checkpointName}" at ${localTime(lastApply.at)}`, ...risks].map(plain)
}

function stateLines(context: Context, vm: VmView): string[] {
  const since = vm.startedAt === null ? '' : ` for ${uptime(vm.startedAt, context.system.now())}`
  const lines = [`${paintedState(context, vm.state)}${since}`]
  if (vm.status !== null) lines.push(vm.status)
  if (vm.brokenReason !== null) lines.push(plain(vm.brokenReason))
  return lines
}

function diskLine(disk: VmView['disks'][number]): string {
  const layers = disk.layers === 1 ? '1 layer' : `${disk.layers} layers`
  const linked = disk.linked ? ', used in place' : ''
  const sizes = `${bytes(disk.virtualSizeBytes)}, ${bytes(disk.allocatedBytes)} on disk in ${layers}${linked}`
  return `${disk.id}: ${sizes}, ${disk.file}`
}

function undoLine({ undo, settings }: VmView): string {
  if (!undo) return settings.undoHours === 0 ? 'off' : nothing
  const what = undo.consistency === 'exact-memory' ? 'the exact instant' : 'its disks'
  return `${what} before "${plain(undo.applied)}" was applied, until ${localTime(undo.expiresAt)}`
}

function checkpointsLine(vm: VmView, nowParentName: string | undefined): string {
  const parts = [String(vm.checkpointCount)]
  if (nowParentName !== undefined) parts.push(`Now hangs under "${nowParentName}"`)
  if (vm.waitingMerges > 0) parts.push(`${vm.waitingMerges} layers wait to be merged`)
  if (vm.keptMemoryBytes !== 0) parts.push(`${bytes(vm.keptMemoryBytes)} of memory kept from deleted ones`)
  return parts.join('; ')
}
