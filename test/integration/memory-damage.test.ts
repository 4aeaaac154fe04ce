import assert from 'node:assert/strict'
import { open, rename, stat, truncate } from 'node:fs/promises'
import { after, before, describe, it } from 'node:test'
import { pollUntil } from '../../src/core/deadline.ts'
import type { StillpointEvent } from '../../src/core/event-bus.ts'
import { codec, footerBytes } from '../../src/memory/image/format.ts'
import { MemoryImage } from '../../src/memory/image/reader.ts'
import { qemuBackportFolder } from '../../tools/qemu-backport.ts'
import { TestDaemon } from '../fixtures/daemon.ts'
import { restoresEnded } from '../fixtures/held-load.ts'
import { MemoryVm } from '../fixtures/memory-vm.ts'
import { Witness } from '../fixtures/witness.ts'

/** What a damaged memory image costs: never the guest that runs, unless it was already being loaded from it. */
for (const { version, folder } of [
  { version: /^7\.|^10\./, folder: async () => null },
  { version: /^10\./, folder: qemuBackportFolder },
]) {
  describe(`A memory image that is damaged, on QEMU ${version.source}`, () => {
    let daemon: TestDaemon
    let vm: MemoryVm

    before(async () => {
      const qemu = await folder()
      daemon = await TestDaemon.start(qemu === null ? {} : { STILLPOINT_QEMU: qemu })
      assert.match((await daemon.client.health()).qemuVersion ?? '', version)
      vm = await MemoryVm.boot(daemon, 'hurt', 48, { memoryMiB: 192, diskMiB: 32 })
      await vm.create('full')
      await vm.guest.run('dd if=/dev/urandom of=/mem/more bs=1M count=2')
      await vm.create('child')
    })
    after(() => daemon[Symbol.asyncDispose]())

    type Place = (image: MemoryImage, sizeBytes: number) => number
    const inIndex: Place = ({ footer: { index } }) => index.offset + Math.floor(index.storedBytes / 2)
    const inDevices: Place = ({ footer: { devices } }) => devices.offset + 10
    const inHashes: Place = ({ footer: { hashes } }) => hashes.offset + 100
    const inFooter: Place = (_, sizeBytes) => sizeBytes - footerBytes + 40
    const inHeader: Place = () => 18
    /** In what fills the guest's memory, which nobody touches at once, and "child" reads from the other image. */
    async function inFrameOfParent(): Promise<Place> {
      const image = await MemoryImage.open(await vm.memoryFile('child'))
      const index = await image.index().finally(() => image.close())
      const frames = Array.from({ length: index.frameCount }, (_, number) => index.frame(number))
      const theirs = frames.filter((each) => each.source !== 0 && each.codec === codec.plain)
      const found = theirs[Math.floor(theirs.length / 2)]
      assert.ok(found)
      return () => found.offset + Math.floor(found.storedBytes / 2)
    }

    /** Runs `body` while one byte of the checkpoint's image is another one. */
    async function whileFlipped(checkpoint: string, place: Place, body: () => Promise<void>): Promise<void> {
      const file = await vm.memoryFile(checkpoint)
      const image = await MemoryImage.open(file)
      const at = place(image, (await stat(file)).size)
      await image.close()
      await flip(file, at)
      try {
        await body()
      } finally {
        await flip(file, at)
      }
    }

    /** Refused, and the guest that runs does not notice. */
    async function assertRefused(checkpoint: string, message: RegExp): Promise<void> {
      const witness = await Witness.of({ daemon, name: vm.name, id: vm.guest.id }, daemon.home)
      const from = vm.guest.console().length
      const heartbeat = await vm.guest.nextHeartbeat()
      await assert.rejects(vm.apply(checkpoint), { code: 'memory_image_invalid', message })
      assert.ok((await vm.guest.nextHeartbeat()) > heartbeat)
      const beats = vm.guest.heartbeats(from)
      assert.deepEqual(
        beats,
        beats.map((_, index) => (beats[0] ?? 0) + index),
        'it counts on',
      )
      await witness.assertUnchanged('the VM is as before')
      await restoresEnded(daemon.home)
    }

    for (const [where, place, message] of [
      ['index', inIndex, /a section does not match its checksum/],
      ['devices', inDevices, /a section does not match its checksum/],
      ['footer', inFooter, /its footer does not match its checksum/],
      ['header', inHeader, /its two ids differ/],
    ] as const) {
      it(`in its ${where}, is refused before anything happens to the guest`, () =>
        whileFlipped('child', place, () => assertRefused('child', message)))
    }

    it('by being cut short, is refused before anything happens to the guest', async () => {
      const file = await vm.memoryFile('child')
      const { size } = await stat(file)
      const end = await readEnd(file, size - 1000)
      await truncate(file, size - 1000)
      try {
        await assertRefused('child', /is no memory image, or was cut short/)
      } finally {
        await writeAt(file, end, size - 1000)
      }
    })

    it('or that is missing, or holds pages of one that is, is refused and names the one', async () => {
      const file = await vm.memoryFile('full')
      await rename(file, `${file}.away`)
      try {
        for (const name of ['full', 'child']) {
          await assert.rejects(vm.apply(name), { code: 'memory_image_invalid', message: new RegExp(file) })
        }
      } finally {
        await rename(`${file}.away`, file)
      }
      await vm.guest.nextHeartbeat()
      await vm.assertWhole()
    })

    it('in what finds equal pages again, costs space only', async () => {
      await whileFlipped('child', inHashes, async () => {
        const { memoryBytes, record } = await vm.create('alone')
        assert.equal(record.captureReason, null)
        assert.ok((memoryBytes ?? 0) > 48_000_000)
      })
      await vm.apply('alone')
      await vm.assertWhole()
      await vm.apply('child')
      await vm.assertWhole()
      await vm.resident()
    })

    it('in a page, ends the guest that is being loaded from it, says why, and leaves the disks', async () => {
      await vm.guest.run('echo kept >/mnt/a/f; sync')
      const notices = await noticesOf(daemon)
      await whileFlipped('full', await inFrameOfParent(), async () => {
        await vm.apply('child')
        await pollUntil(async () => ((await vm.guest.document()).instance === null ? true : undefined), {
          timeoutMs: 60_000,
          everyMs: 20,
          what: 'The end of the guest',
        })
        await notices.until(/"hurt" is ended.*do not match their checksum.*started from its disks/)
      })
      notices.stop()
      assert.equal(await vm.guest.state(), 'off')
      await restoresEnded(daemon.home)
      await vm.guest.boot()
      assert.equal(await vm.guest.run('ls /mnt/a'), 'lost+found\n', 'the disks of the checkpoint')
      await vm.apply('child')
      await vm.assertWhole('and mended, it is as good as before')
    })
  })
}

async function flip(file: string, at: number): Promise<void> {
  const handle = await open(file, 'r+')
  try {
    const byte = Buffer.alloc(1)
    await handle.read(byte, 0, 1, at)
    await handle.write(Buffer.from([(byte[0] ?? 0) ^ 0x10]), 0, 1, at)
  } finally {
    await handle.close()
  }
}

async function readEnd(file: string, from: number): Promise<Buffer> {
  const handle = await open(file)
  try {
    const { size } = await handle.stat()
    return (await handle.read(Buffer.alloc(size - from), 0, size - from, from)).buffer
  } finally {
    await handle.close()
  }
}

async function writeAt(file: string, bytes: Buffer, at: number): Promise<void> {
  const handle = await open(file, 'r+')
  try {
    await handle.write(bytes, 0, bytes.length, at)
  } finally {
    await handle.close()
  }
}

/** What the event stream tells people from now on. */
async function noticesOf({ client }: TestDaemon) {
  const said: string[] = []
  const abort = new AbortController()
  const opened = Promise.withResolvers<void>()
  const listen = async () => {
    const options = { signal: abort.signal, onOpen: () => opened.resolve() }
    for await (const event of client.events(options)) take(event)
  }
  const take = (event: StillpointEvent) => {
    if (event.type === 'notice') said.push(event.message)
  }
  listen().catch(opened.reject) // when it is stopped, nobody waits for it any more
  await opened.promise
  return {
    stop: () => abort.abort(),
    until: (pattern: RegExp) =>
      pollUntil(() => (said.some((each) => pattern.test(each)) ? true : undefined), {
        timeoutMs: 30_000,
        everyMs: 20,
        what: `A notice of ${pattern}`,
      }),
  }
}
