import type { Hardware } from '../../vm/config.ts'
import type { DiskChain, LaunchRequest } from '../port.ts'
import { chainOptions, nodeName } from './nodes.ts'

export interface Host {
  readonly accelerator: 'kvm' | 'tcg'
  /** Read-only firmware code for UEFI guests. */
  readonly uefiCode: string
  /** Multicast address and port on the loopback interface at which the VMs of this home folder meet. */
  readonly privateSwitch: string
}

/**
 * QEMU's arguments: nothing by default, formats and backing explicit, no child processes, no shell.
 * Texts of the user are arguments of their own or JSON, so that no comma can add an option.
 */
export function commandLine(request: LaunchRequest, host: Host): string[] {
  const { hardware, runFolder } = request
  const inRun = (file: string) => escapeCommas(`${runFolder}/${file}`)
  const args = [
    ...['-nodefaults', '-no-user-config'],
    ...['-name', `stillpoint-${request.vmId}`],
    ...['-uuid', hardware.systemUuid],
    ...['-machine', hardware.machineType],
    ...['-accel', host.accelerator],
    ...['-cpu', hardware.cpuModel],
    ...['-smp', String(hardware.cpus)],
    ...memory(hardware),
    ...['-rtc', 'base=utc'],
    ...['-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny'],
    ...['-msg', 'timestamp=on'],
    ...['-pidfile', `${runFolder}/qemu.pid`],
    ...['-chardev', `socket,id=qmp,path=${inRun('qmp.sock')},server=on,wait=off`],
    ...['-mon', 'chardev=qmp,mode=control'],
    ...['-chardev', `file,id=console,path=${escapeCommas(request.consoleLog)},append=on`],
    ...['-serial', 'chardev:console'],
    ...['-device', 'virtio-serial-pci,id=serial0'],
    ...['-chardev', `socket,id=agent,path=${inRun('agent.sock')},server=on,wait=off`],
    ...['-device', 'virtserialport,bus=serial0.0,chardev=agent,name=org.qemu.guest_agent.0,id=agent0'],
    ...['-device', 'virtio-rng-pci,id=rng0'],
    ...generation(request),
    ...firmware(hardware, host),
    ...tpm(request, inRun('tpm.sock')),
    // QEMU gives PCI slots in this order: with disks last, one that comes or goes does not move the network card, which
    // guests name by its slot.
    ...network(hardware, host),
    ...display(hardware, inRun('vnc.sock')),
    ...request.disks.flatMap(disk),
    ...directBoot(hardware),
  ]
  if (request.begin.kind === 'memory') args.push('-S', '-incoming', 'defer')
  return args
}

function memory({ memoryMiB, memoryBacking }: Hardware): string[] {
  const size = ['-m', `${memoryMiB}M`]
  if (memoryBacking === 'normal') return size
  const kind = memoryBacking === 'shared' ? 'share=on' : 'share=off,hugetlb=on,prealloc=on'
  return [
    ...size,
    ...['-object', `memory-backend-memfd,id=memory0,size=${memoryMiB}M,${kind}`],
    ...['-machine', 'memory-backend=memory0'],
  ]
}

function generation({ hardware, generationId }: LaunchRequest): string[] {
  if (!hardware.generationDevice) return []
  return ['-device', JSON.stringify({ driver: 'vmgenid', id: 'generation0', guid: generationId })]
}

function firmware(hardware: Hardware, host: Host): string[] {
  if (hardware.firmware !== 'uefi') return []
  const code = {
    driver: 'raw',
    'node-name': 'uefi-code',
    'read-only': true,
    file: { driver: 'file', filename: host.uefiCode },
  }
  return ['-blockdev', JSON.stringify(code), '-machine', 'pflash0=uefi-code']
}

function tpm({ tpmFolder }: LaunchRequest, socketPath: string): string[] {
  if (tpmFolder === null) return []
  return [
    ...['-chardev', `socket,id=tpm,path=${socketPath}`],
    ...['-tpmdev', 'emulator,id=tpm0,chardev=tpm'],
    ...['-device', 'tpm-crb,tpmdev=tpm0'],
  ]
}

function disk({ slot, chain }: DiskChain): string[] {
  const nodes = chainOptions(chain).flatMap((options) => ['-blockdev', JSON.stringify(options)])
  const top = chain.at(-1)
  if (!top) return []
  if (slot.role === 'uefi-vars') return [...nodes, '-machine', `pflash1=${nodeName(top.id)}`]
  const device = { driver: 'virtio-blk-pci', id: slot.id, drive: nodeName(top.id), serial: slot.id }
  return [...nodes, '-device', JSON.stringify(device)]
}

function network(hardware: Hardware, { privateSwitch }: Host): string[] {
  if (hardware.network === 'none') return []
  const device = `virtio-net-pci,id=net0,netdev=lan0,mac=${hardware.macAddress}`
  const lan =
    hardware.network === 'private'
      ? `socket,id=lan0,mcast=${privateSwitch},localaddr=127.0.0.1`
      : 'user,id=lan0'
  return ['-netdev', lan, '-device', device]
}

function display(hardware: Hardware, vncSocket: string): string[] {
  if (hardware.display === 'none') return ['-display', 'none']
  return [
    '-device',
    'VGA,id=video0',
    '-device',
    'qemu-xhci,id=usb0',
    '-device',
    'usb-tablet,bus=usb0.0',
    '-vnc',
    `vnc=unix:${vncSocket}`, // with its key: a "=" in the path would else end a key of its own
  ]
}

function directBoot({ boot }: Hardware): string[] {
  if (!boot) return []
  return [
    ...['-kernel', boot.kernel],
    ...(boot.initrd === null ? [] : ['-initrd', boot.initrd]),
    ...(boot.append === '' ? [] : ['-append', boot.append]),
  ]
}

/** In QEMU's `key=value,…` arguments a comma is written twice. */
const escapeCommas = (text: string) => text.replaceAll(',', ',,')
