import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { neverAborted } from '../../src/core/cancel.ts'
import { pollUntil } from '../../src/core/deadline.ts'
import { asId, type VmId } from '../../src/core/ids.ts'
import { noProgress } from '../../src/core/progress.ts'
import type { Hypervisor, Instance, LaunchRequest } from '../../src/hypervisor/port.ts'
import { createHypervisor, qemuPrograms } from '../../src/hypervisor/qemu/hypervisor.ts'
import { receiveMemory } from '../../src/memory/capture/receiver.ts'
import { RestoreServer } from '../../src/memory/restore/restore-server.ts'
import type { Hardware } from '../../src/vm/config.ts'
import { buildGuest } from '../../tools/guest/build.ts'
import { runInGuest } from '../../tools/guest/run-in-guest.ts'
import { qemuBackportFolder } from '../../tools/qemu-backport.ts'

/** An image is only read: any number of machines can be loaded from it at the same time. */
for (const { version, folder } of [
  { version: /^7\.|^10\./, folder: async () => null },
  { version: /^10\./, folder: qemuBackportFolder },
]) {
  describe(`Two machines that are loaded from one image, on QEMU ${version.source}`, () => {
    let home: string
    let hypervisor: Hypervisor
    let hardware: Hardware
    const instances: Instance[] = []

    before(async () => {
      home = await mkdtemp(join(tmpdir(), 'sp-'))
      hypervisor = await createHypervisor(qemuPrograms(await folder()), 'tcg')
      assert.match(hypervisor.version, version)
      const { kernel, initrd, append } = await buildGuest()
      const { machineType, cpuModel } = hypervisor
      hardware = {
        ...{ machineType, cpuModel, cpus: 1, memoryMiB: 128, firmware: 'bios', network: 'none' },
        ...{ macAddress: '52:54:00:00:00:01', display: 'none', disks: [], memoryBacking: 'normal' },
        systemUuid: '00000000-0000-4000-8000-000000000001',
        ...{ tpm: 'none', generationDevice: false },
        boot: { kernel, initrd, append },
      }
    })
    after(async () => {
      for (const each of instances) await each.kill()
      await rm(home, { recursive: true, force: true })
    })

    async function launch(name: string, begin: LaunchRequest['begin']): Promise<Instance> {
      const place = { runFolder: join(home, name), consoleLog: join(home, `${name}.log`), tpmFolder: null }
      const generationId = hardware.systemUuid
      const request = { vmId: asId<VmId>(name), hardware, generationId, disks: [], ...place, begin }
      const instance = await hypervisor.launch(request, neverAborted)
      instances.push(instance)
      return instance
    }

    const untilPrinted = (name: string, pattern: RegExp) =>
      pollUntil(async () => pattern.exec(await readFile(join(home, `${name}.log`), 'latin1')) ?? undefined, {
        timeoutMs: 120_000,
        everyMs: 20,
        what: `The console of ${name} showing ${pattern}`,
      })

    /** A file of memory, and the checksum of what the guest's memory is filled with. */
    async function saved(): Promise<{ file: string; sha256: string; sum: string }> {
      const instance = await launch('first', { kind: 'boot' })
      await untilPrinted('first', /STILLPOINT-GUEST ready/)
      const sum = await runInGuest(instance.agentSocket, 'fillmem 30; md5sum </mem/fill', 300_000)
      const file = join(home, 'image.spm')
      const { memoryMiB } = hardware
      const what = { imageId: '0123456789ab', file, parentFile: null, avoidImages: [], memoryMiB }
      const target = await receiveMemory({ socketPath: join(home, 'capture.sock'), ...what })
      const how = { progress: noProgress, signal: neverAborted, onSwitched() {} }
      await instance.saveState({ memoryMiB, switches: [], target, ...how })
      const { sha256 } = await target.finish()
      await instance.kill()
      return { file, sha256, sum }
    }

    async function loaded(name: string, imageFile: string, sha256: string) {
      const runFolder = join(home, name)
      await mkdir(runFolder)
      const files = {
        controlSocket: join(runFolder, 'restore.sock'),
        logFile: join(runFolder, 'restore.log'),
      }
      const server = await RestoreServer.start(
        { ...files, imageFile, sha256, touchedFile: `${files.logFile}.touched` },
        neverAborted,
      )
      const socketPath = join(runFolder, 'memory.sock')
      const instance = await launch(name, {
        kind: 'memory',
        source: {
          socketPath,
          async load(mode, reason) {
            assert.deepEqual([mode, reason], ['lazy', null])
            await server.reached('ready')
            server.command({ do: mode, socketPath })
            await server.reached('running')
          },
        },
      })
      return { name, server, instance }
    }

    it('both run before their memory is there, and both have all of it', async () => {
      const { file, sha256, sum } = await saved()
      const both = await Promise.all(['left', 'right'].map((name) => loaded(name, file, sha256)))
      for (const { instance } of both) await instance.resume()
      for (const { name, server } of both) {
        await untilPrinted(name, /^hb \d+ [\d.]+\r?$/m)
        assert.equal(server.state?.phase, 'running')
        server.command({ do: 'fill' })
      }
      await Promise.all(
        both.map(async ({ name, instance, server }) => {
          await runInGuest(instance.agentSocket, `echo ${name} >/tmp/name`)
          assert.equal(await runInGuest(instance.agentSocket, 'md5sum </mem/fill', 300_000), sum)
          await server.reached('complete')
          const { sentPages, totalPages } = server.state ?? {}
          assert.equal(sentPages, totalPages)
          assert.equal(await runInGuest(instance.agentSocket, 'md5sum </mem/fill', 300_000), sum)
          assert.equal(await runInGuest(instance.agentSocket, 'cat /tmp/name'), `${name}\n`)
        }),
      )
    })
  })
}
