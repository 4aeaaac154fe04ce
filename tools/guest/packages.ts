import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Apt, DebianPackage } from '../debian/apt.ts'
import { libraryPackages } from '../debian/library-packages.ts'

export interface GuestPackages {
  readonly kernelRelease: string
  readonly packages: readonly DebianPackage[]
}

/** Unpacks the kernel, busybox, the agent and the agent's libraries into `folder`. */
export async function unpackGuestPackages(apt: Apt, folder: string): Promise<GuestPackages> {
  // The cloud kernel is the small one; everything that the guest needs is in it.
  const kernels = await apt.show(['linux-image-cloud-amd64'])
  const kernelName = kernels[0]?.depends.find((name) => name.startsWith('linux-image-'))
  if (!kernelName) throw new Error('linux-image-cloud-amd64 names no kernel package')
  const programs = await apt.show([kernelName, 'busybox-static', 'qemu-guest-agent'])
  const agent = programs.filter((each) => each.name === 'qemu-guest-agent')
  const packages = [...programs, ...(await libraryPackages(apt, agent, () => false))]
  await apt.unpack(packages, folder)
  const boot = await readdir(join(folder, 'boot'))
  const kernel = boot.find((name) => name.startsWith('vmlinuz-'))
  if (!kernel) throw new Error(`${kernelName} holds no vmlinuz`)
  return { kernelRelease: kernel.replace('vmlinuz-', ''), packages }
}
