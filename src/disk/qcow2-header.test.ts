import assert from 'node:assert/strict'
import { copyFile, mkdtemp, open, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { execa } from 'execa'
import fc from 'fast-check'
import { isStillpointError } from '../core/error.ts'
import { readImageHeader } from './qcow2-header.ts'

const MIB = 1024 * 1024

describe('The header of a disk image', () => {
  let folder: string
  const at = (name: string) => join(folder, name)
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sp-header-'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  const create = async (name: string, ...options: string[]) => {
    await execa('qemu-img', ['create', '-q', '-f', 'qcow2', ...options, at(name), String(8 * MIB)])
    return at(name)
  }
  const refused = (path: string, pattern: RegExp) =>
    assert.rejects(
      readImageHeader(path),
      (error) => isStillpointError(error, 'image_invalid') && pattern.test(error.message),
    )

  for (const [version, compat] of [
    [2, '0.10'],
    [3, '1.1'],
  ] as const) {
    it(`of qcow2 version ${version} is read as QEMU wrote it`, async () => {
      const header = await readImageHeader(await create(`v${version}.qcow2`, '-o', `compat=${compat}`))
      assert.equal(header.format, 'qcow2')
      const { fileBytes, ...rest } = header
      assert.ok(fileBytes > 0)
      assert.deepEqual(rest, {
        format: 'qcow2',
        virtualSizeBytes: 8 * MIB,
        backingFile: null,
        externalData: false,
        encrypted: false,
      })
    })
  }

  it('names the backing file as it is written, also when that does not exist', async () => {
    for (const backing of ['/nowhere/with space, and comma.raw', 'json:{"driver":"nbd"}', 'ä/ü']) {
      const path = await create('overlay.qcow2', '-u', '-b', backing, '-F', 'raw')
      const header = await readImageHeader(path)
      assert.equal(header.format === 'qcow2' && header.backingFile, backing)
    }
  })

  it('tells of data in another file', async () => {
    const path = await create('external.qcow2', '-o', `data_file=${at('external.raw')}`)
    const header = await readImageHeader(path)
    assert.equal(header.format === 'qcow2' && header.externalData, true)
  })

  it('tells of encryption', async () => {
    // Made by hand: qemu-img measures the processor for its key, which fails now and then on a busy machine.
    const path = await create('secret.qcow2')
    const luks = Buffer.from([0, 0, 0, 2])
    const file = await open(path, 'r+')
    await file.write(luks, 0, luks.length, 32)
    await file.close()
    const header = await readImageHeader(path)
    assert.equal(header.format === 'qcow2' && header.encrypted, true)
  })

  it('is read for every cluster size', async () => {
    for (const size of ['512', '4k', '2M']) {
      const header = await readImageHeader(await create('clusters.qcow2', '-o', `cluster_size=${size}`))
      assert.equal(header.format === 'qcow2' && header.virtualSizeBytes, 8 * MIB)
    }
  })

  it('of a file that ends within its header or tables is damaged, wherever it ends', async () => {
    for (const compat of ['0.10', '1.1']) {
      const path = await create('whole.qcow2', '-o', `compat=${compat}`, '-u', '-b', '/base', '-F', 'raw')
      const { fileBytes } = await readImageHeader(path)
      const cut = at('cut.qcow2')
      await fc.assert(
        fc.asyncProperty(
          fc.oneof(fc.integer({ min: 4, max: 200 }), fc.integer({ min: 4, max: fileBytes - 1 })),
          async (length) => {
            await copyFile(path, cut)
            await truncate(cut, length)
            await refused(cut, /ends within|is truncated/)
          },
        ),
        { numRuns: 60, examples: [[4], [71], [72], [79], [80], [103], [104], [fileBytes - 1]] },
      )
    }
  })

  it('of random bytes behind the magic number is refused or read, and never a crash', async () => {
    const path = at('random.qcow2')
    const start = Buffer.from('QFI\xfb\0\0\0\x03', 'latin1')
    const bytes = fc.uint8Array({ minLength: 0, maxLength: 300 })
    await fc.assert(
      fc.asyncProperty(bytes, async (rest) => {
        await writeFile(path, Buffer.concat([start, rest]))
        await readImageHeader(path).then(
          (header) => assert.ok(header.format === 'qcow2' && Number.isSafeInteger(header.virtualSizeBytes)),
          (error) => assert.ok(isStillpointError(error, 'image_invalid'), String(error)),
        )
      }),
      { numRuns: 200 },
    )
  })

  it('that points beyond anything possible is refused', async () => {
    const sane = await readFile(await create('sane.qcow2'))
    const fields: [string, number, Buffer][] = [
      ['backing file', 8, Buffer.from('ffffffffffffffff00000010', 'hex')],
      ['cluster size', 20, Buffer.from('00000028', 'hex')],
      ['disk size', 24, Buffer.from('ffffffffffffffff', 'hex')],
      ['L1 table', 40, Buffer.from('7fffffffffffffff', 'hex')],
      ['refcount table', 48, Buffer.from('ffffffffffff0000', 'hex')],
      ['refcount table size', 56, Buffer.from('ffffffff', 'hex')],
    ]
    for (const [what, offset, bytes] of fields) {
      const damaged = Buffer.from(sane)
      bytes.copy(damaged, offset)
      await writeFile(at('damaged.qcow2'), damaged)
      await assert.rejects(
        readImageHeader(at('damaged.qcow2')),
        (error) => isStillpointError(error, 'image_invalid'),
        what,
      )
    }
  })

  it('of a version that is not known is refused by its number', async () => {
    for (const version of [0, 1, 4]) {
      const head = Buffer.alloc(1024)
      head.write('QFI\xfb', 'latin1')
      head.writeUInt32BE(version, 4)
      await writeFile(at('version.qcow2'), head)
      await refused(at('version.qcow2'), new RegExp(`version ${version}`))
    }
  })

  it('of a disk without a format is that of a raw one', async () => {
    for (const bytes of [1, 3, 512, 4097]) {
      await writeFile(at('disk.raw'), Buffer.alloc(bytes, 0x51))
      assert.deepEqual(await readImageHeader(at('disk.raw')), { format: 'raw', fileBytes: bytes })
    }
  })

  for (const format of ['vmdk', 'vhdx', 'vpc', 'vdi', 'qed']) {
    it(`of ${format} is refused by the name of the format`, async () => {
      const path = at(`image.${format}`)
      await execa('qemu-img', ['create', '-q', '-f', format, path, '8M'])
      const name = format === 'vpc' ? 'VHD' : format.toUpperCase()
      await refused(path, new RegExp(`is a ${name} image; convert it first`))
    })
  }

  it('of a VMDK that is a text description is refused by name too', async () => {
    await execa('qemu-img', [
      'create',
      '-q',
      '-f',
      'vmdk',
      '-o',
      'subformat=monolithicFlat',
      at('flat.vmdk'),
      '1M',
    ])
    await refused(at('flat.vmdk'), /is a VMDK image/)
  })

  it('of an empty file, a folder, a pipe or a device that is no disk is refused', async () => {
    await writeFile(at('empty'), '')
    await refused(at('empty'), /is empty/)
    await refused(folder, /is not a file or a block device/)
    await refused('/dev/null', /is not a file or a block device/)
    await execa('mkfifo', [at('pipe')])
    await refused(at('pipe'), /is not a file or a block device/)
  })

  it('of a file that cannot be opened is an error that says why', async () => {
    await assert.rejects(
      readImageHeader(at('absent')),
      (error) => isStillpointError(error, 'io_error') && /does not exist/.test(error.message),
    )
    await symlink(at('loop'), at('loop'))
    await assert.rejects(
      readImageHeader(at('loop')),
      (error) => isStillpointError(error, 'io_error') && /ELOOP/.test(error.message),
    )
  })
})
