import assert from 'node:assert/strict'
import { cp, mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { execa } from 'execa'
import { hashFile } from '../../src/checkpoint/transfer/copy-file.ts'
import type { Manifest } from '../../src/checkpoint/transfer/manifest.ts'
import { neverAborted } from '../../src/core/cancel.ts'
import { assertRefused, cliDocument, type Refusal } from '../fixtures/cli.ts'
import { TestDaemon } from '../fixtures/daemon.ts'
import { exportTo } from '../fixtures/transfer.ts'

const disk = 'disks/disk0.qcow2'

/** Exports that were damaged, or made to do harm: a clear error, and nothing of them stays. */
describe('An import refuses', () => {
  let daemon: TestDaemon
  let scratch: string
  let folder: string

  before(async () => {
    daemon = await TestDaemon.start()
    scratch = await mkdtemp(join(tmpdir(), 'sp-bad-'))
    await cliDocument(daemon.home, ['vm', 'create', 'web', '--memory', '64', '--disk-size', '1M'])
    await cliDocument(daemon.home, ['checkpoint', 'create', 'web', '--name', 'first'])
    await exportTo(daemon, 'web', 'first', join(scratch, 'good'))
  })
  beforeEach(async () => {
    folder = join(scratch, 'bad')
    await cp(join(scratch, 'good'), folder, { recursive: true })
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))
  after(async () => {
    await daemon[Symbol.asyncDispose]()
    await rm(scratch, { recursive: true, force: true })
  })

  const path = (file: string) => join(folder, file)

  async function edit(change: (manifest: Manifest) => unknown): Promise<void> {
    const manifest = JSON.parse(await readFile(path('export.json'), 'utf8'))
    await writeFile(path('export.json'), JSON.stringify(change(manifest)))
  }

  /** Another image in the place of the disk, with everything in `export.json` as it has to be. */
  async function replaceDisk(...options: readonly string[]): Promise<void> {
    await rm(path(disk))
    await execa('qemu-img', ['create', '-q', '-u', '-f', 'qcow2', ...options, path(disk), '1M'])
    const { sizeBytes, sha256 } = await hashFile(path(disk), () => {}, neverAborted)
    await edit((manifest) => ({ ...manifest, files: [{ file: disk, sizeBytes, sha256 }] }))
  }

  async function refused({ code, names }: Refusal): Promise<void> {
    const args = ['vm', 'import', folder, '--name', 'copy']
    await assertRefused(daemon.home, args, { code, names }, { forms: ['json'] })
    assert.equal((await daemon.client.listVms()).length, 1)
    assert.equal((await readdir(join(daemon.home, 'vms'))).length, 1)
  }

  const invalid = (...names: string[]): Refusal => ({ code: 'export_invalid', names })
  const elsewhere = (...names: string[]): Refusal => ({ code: 'image_refers_elsewhere', names })

  it('a folder that is none, or empty of it', async () => {
    await rm(path('export.json'))
    await refused(invalid(folder, 'no export.json'))
    await rm(folder, { recursive: true })
    await refused(invalid(folder, 'no such folder'))
  })

  it('a disk that is not what was exported', async () => {
    const content = await readFile(path(disk))
    content.writeUInt8(content.readUInt8(content.length - 1) ^ 1, content.length - 1)
    await writeFile(path(disk), content)
    await refused(invalid(disk, 'does not match its checksum'))
    await writeFile(path(disk), content.subarray(1))
    await refused(invalid(disk, `${content.length - 1} bytes`))
    await rm(path(disk))
    await refused(invalid(disk, 'is missing'))
  })

  it('a link in the place of a file or a folder', async () => {
    await rename(path(disk), join(folder, 'real'))
    await symlink(join(folder, 'real'), path(disk))
    await refused(invalid(disk, 'not a file of its own'))
    await rm(path('disks'), { recursive: true })
    await symlink(join(scratch, 'good', 'disks'), path('disks'))
    await refused(invalid(disk, 'not a file of its own'))
    await rm(path('export.json'))
    await symlink('/etc/hostname', path('export.json'))
    await refused({ code: 'io_error', names: ['export.json'] })
  })

  it('a disk that names a file of the host', async () => {
    await replaceDisk('-b', '/etc/passwd', '-F', 'raw')
    await refused(elsewhere(disk, '/etc/passwd'))
    await replaceDisk('-b', 'json:{"driver":"file","filename":"/etc/passwd"}', '-F', 'raw')
    await refused(elsewhere(disk, 'json:'))
    await replaceDisk('-o', `data_file=${join(folder, 'data')},data_file_raw=on`)
    assert.ok((await stat(join(folder, 'data'))).isFile())
    await refused(elsewhere(disk, 'a data file'))
  })

  it('a disk of another size or format', async () => {
    await edit((manifest) => ({
      ...manifest,
      disks: [{ id: 'disk0', layers: [{ ...manifest.disks[0]?.layers[0], virtualSizeBytes: 512 }] }],
    }))
    await refused(invalid(disk, '512'))
    await writeFile(path(disk), Buffer.alloc(1024 * 1024))
    const { sizeBytes, sha256 } = await hashFile(path(disk), () => {}, neverAborted)
    await edit((manifest) => ({ ...manifest, files: [{ file: disk, sizeBytes, sha256 }] }))
    await refused(invalid(disk, 'not a qcow2 image'))
  })

  it('an export.json that names other files, or is none', async () => {
    await edit((manifest) => ({ ...manifest, files: [{ ...manifest.files[0], file: '../../etc/passwd' }] }))
    await refused(invalid('export.json'))
    await writeFile(path('export.json'), '{"format": 1')
    await refused(invalid('export.json'))
    await writeFile(path('export.json'), '{"format": 9}')
    await refused(invalid('format 9'))
  })

  it('a machine that would be given other arguments', async () => {
    await edit((manifest) => {
      const { checkpoint } = manifest
      const hardware = { ...checkpoint.hardware, machineType: 'pc-q35-7.2,kernel=/etc/passwd' }
      return { ...manifest, checkpoint: { ...checkpoint, hardware } }
    })
    await refused(invalid('machineType'))
  })
})
