export interface DomainOptions {
  readonly name: string
  readonly type: 'kvm' | 'qemu'
  readonly emulator: string
  readonly memoryMiB: number
  readonly kernel: string
  readonly initrd: string
  readonly append: string
  readonly disk: string
  readonly consoleLog: string
}

/** The machine that Stillpoint makes of the same options, in libvirt's words. */
export function domainXml(options: DomainOptions): string {
  const { name, type, emulator, memoryMiB, kernel, initrd, append, disk, consoleLog } = options
  return `<domain type='${type}'>
  <name>${escaped(name)}</name>
  <memory unit='MiB'>${memoryMiB}</memory>
  <vcpu>1</vcpu>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>
    <kernel>${escaped(kernel)}</kernel>
    <initrd>${escaped(initrd)}</initrd>
    <cmdline>${escaped(append)}</cmdline>
  </os>
  <features><acpi/></features>
  <cpu mode='${type === 'kvm' ? 'host-passthrough' : 'maximum'}'/>
  <clock offset='utc'/>
  <devices>
    <emulator>${escaped(emulator)}</emulator>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2' discard='unmap'/>
      <source file='${escaped(disk)}'/>
      <target dev='vda' bus='virtio'/>
    </disk>
    <controller type='usb' model='none'/>
    <serial type='file'><source path='${escaped(consoleLog)}' append='on'/><target port='0'/></serial>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
    <rng model='virtio'><backend model='builtin'/></rng>
    <memballoon model='none'/>
  </devices>
</domain>
`
}

export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll("'", '&apos;')
}
