import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { copyFile, mkdir, mkdtemp, open, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { execa } from 'execa'
import { KIB, MIB } from '../../src/core/units.ts'
import { assertRefused, cli, cliDocument, type Refusal } from '../fixtures/cli.ts'
import { TestDaemon } from '../fixtures/daemon.ts'

/**
 * Images that cannot become a disk: each is named, with what is wrong with it; no VM and no file is made,
 * and the image is as before.
 */
describe('The command line refuses as a disk', () => {
  let daemon: TestDaemon
  let folder: string
  const at = (name: string) => join(folder, name)

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sp-images-'))
    daemon = await TestDaemon.start()
    await execa('qemu-img', ['create', '-q', '-f', 'qcow2', at('good.qcow2'), '8M'])
    await execa('qemu-io', ['-c', 'write -P 17 0 4M', at('good.qcow2')])
  })
  after(async () => {
    await daemon[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  /** A copy of the good image, damaged at some bytes. */
  async function damaged(name: string, offset: number, bytes: Uint8Array): Promise<string> {
    await copyFile(at('good.qcow2'), at(name))
    const file = await open(at(name), 'r+')
    await file.write(bytes, 0, bytes.length, offset)
    await file.close()
    return at(name)
  }

  async function cut(name: string, sizeBytes: number): Promise<string> {
    await copyFile(at('good.qcow2'), at(name))
    await truncate(at(name), sizeBytes)
    return at(name)
  }

  /** Where a table of the good image lies: a field of its header. */
  const tableAt = async (field: number) => Number((await readFile(at('good.qcow2'))).readBigUInt64BE(field))

  async function refused(disk: string, refusal: Refusal): Promise<void> {
    const path = disk.split(',')[0] ?? ''
    const before = await readFile(path).catch(() => null)
    const args = ['vm', 'create', 'new', '--memory', '64', '--disk', disk]
    await assertRefused(daemon.home, args, refusal, { forms: ['json'] })
    assert.deepEqual(await readFile(path).catch(() => null), before, 'the image is as before')
    assert.deepEqual(await daemon.client.listVms(), [])
    assert.deepEqual(await readdir(join(daemon.home, 'vms')).catch(() => []), [], 'no folder is left')
  }

  it('a file that does not exist', async () => {
    await refused(at('none.qcow2'), { code: 'io_error', names: [at('none.qcow2'), 'does not exist'] })
  })

  it('a folder', async () => {
    await mkdir(at('folder'))
    await refused(at('folder'), { code: 'image_invalid', names: [at('folder'), 'not a file'] })
  })

  it('an empty file', async () => {
    await writeFile(at('empty'), '')
    await refused(at('empty'), { code: 'image_invalid', names: [at('empty'), 'empty'] })
  })

  for (const format of ['vmdk', 'vhdx', 'vpc', 'vdi']) {
    it(`an image in the format ${format}`, async () => {
      const path = at(`disk.${format}`)
      const options = format === 'vpc' ? ['-o', 'subformat=dynamic'] : []
      await execa('qemu-img', ['create', '-q', '-f', format, ...options, path, '8M'])
      const names = [path, format === 'vpc' ? 'VHD' : format.toUpperCase(), 'qemu-img convert']
      await refused(path, { code: 'image_invalid', names })
      await refused(`${path},link`, { code: 'image_invalid', names })
    })
  }

  it('a text file', async () => {
    await writeFile(at('notes.txt'), 'this is no disk\n')
    await refused(at('notes.txt'), { code: 'image_invalid', names: [at('notes.txt'), '16 bytes', '512'] })
  })

  it('a raw image that does not end with a sector', async () => {
    await writeFile(at('odd.raw'), Buffer.alloc(MIB + 100))
    await refused(`${at('odd.raw')},link`, { code: 'image_invalid', names: [at('odd.raw'), '512'] })
  })

  for (const use of ['copy', 'link']) {
    it(`a qcow2 whose header names a file of the host that the user did not name (${use})`, async () => {
      const secret = at('secret')
      await writeFile(secret, Buffer.alloc(8 * MIB, 'secret'))
      for (const backing of [secret, '/etc/shadow', 'json:{"driver":"file","filename":"/etc/shadow"}']) {
        const path = at('thief.qcow2')
        await execa('qemu-img', ['create', '-q', '-u', '-f', 'qcow2', '-F', 'raw', '-b', backing, path, '8M'])
        await refused(`${path},${use}`, { code: 'image_refers_elsewhere', names: [path, backing] })
      }
    })

    it(`a qcow2 that keeps its data in another file (${use})`, async () => {
      const path = at(`external-${use}.qcow2`)
      const options = `data_file=${at(`external-${use}.raw`)},data_file_raw=on`
      await execa('qemu-img', ['create', '-q', '-f', 'qcow2', '-o', options, path, '8M'])
      await refused(`${path},${use}`, { code: 'image_refers_elsewhere', names: [path, 'another file'] })
    })
  }

  it('a backing file that was named but does not exist', async () => {
    const path = at('orphan.qcow2')
    await execa('qemu-img', ['create', '-q', '-u', '-f', 'qcow2', '-F', 'raw', '-b', 'gone.raw', path, '8M'])
    await refused(`${path},copy,backing=${at('gone.raw')}`, { code: 'io_error', names: [at('gone.raw')] })
  })

  it('a backing file that names another one in turn', async () => {
    await execa('qemu-img', [
      'create',
      '-q',
      '-u',
      '-f',
      'qcow2',
      '-F',
      'raw',
      '-b',
      '/etc/shadow',
      at('mid.qcow2'),
      '8M',
    ])
    const path = at('top.qcow2')
    await execa('qemu-img', [
      'create',
      '-q',
      '-u',
      '-f',
      'qcow2',
      '-F',
      'qcow2',
      '-b',
      at('mid.qcow2'),
      path,
      '8M',
    ])
    const names = [at('mid.qcow2'), '/etc/shadow']
    await refused(`${path},copy,backing=${at('mid.qcow2')}`, { code: 'image_refers_elsewhere', names })
  })

  it('an image in place that stands on another one, even when that is named', async () => {
    const path = at('overlay.qcow2')
    await execa('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', at('good.qcow2'), path])
    const disk = `${path},link,backing=${at('good.qcow2')}`
    await refused(disk, { code: 'image_refers_elsewhere', names: [path, 'copied'] })
  })

  it('a qcow2 whose level-1 table points nowhere', async () => {
    const path = await damaged('l1.qcow2', await tableAt(40), randomBytes(64))
    await refused(path, { code: 'image_invalid', names: [path] })
    await refused(`${path},link`, { code: 'image_invalid', names: [path] })
  })

  it('a qcow2 whose reference counts are wrong', async () => {
    const refcountBlock = Number((await readFile(at('good.qcow2'))).readBigUInt64BE(await tableAt(48)))
    const path = await damaged('refcounts.qcow2', refcountBlock, Buffer.alloc(64))
    await refused(path, { code: 'image_invalid', names: [path] })
  })

  it('a qcow2 whose table of reference counts is rubbish', async () => {
    const path = await damaged('reftable.qcow2', await tableAt(48), randomBytes(64))
    await refused(path, { code: 'image_invalid', names: [path] })
  })

  it('rubbish behind the magic number of qcow2, whatever it is', async () => {
    for (let turn = 0; turn < 4; turn++) {
      const path = await damaged(`rubbish-${turn}.qcow2`, 4, randomBytes(100))
      await refused(path, { code: 'image_invalid', names: [path] })
    }
  })

  for (const [where, sizeBytes] of [
    ['its header', 60],
    ['its tables', 192 * KIB],
    ['its data', 2 * MIB],
  ] as const) {
    it(`a qcow2 that ends within ${where}`, async () => {
      const path = await cut('cut.qcow2', sizeBytes)
      await refused(path, { code: 'image_invalid', names: [path] })
      await refused(`${path},link`, { code: 'image_invalid', names: [path] })
    })
  }

  it('an image that another process writes to', async () => {
    const holder = await holding(at('good.qcow2'))
    try {
      await refused(at('good.qcow2'), { code: 'image_in_use', names: [at('good.qcow2')] })
      await refused(`${at('good.qcow2')},link`, { code: 'image_in_use', names: [at('good.qcow2')] })
    } finally {
      holder.stdin?.end()
      await once(holder, 'close')
    }
  })

  it('the disk of another VM in place, even by another path; but it can be copied', async () => {
    await cliDocument(daemon.home, [
      'vm',
      'create',
      'owner',
      '--memory',
      '64',
      '--disk',
      `${at('good.qcow2')},link`,
    ])
    const linked = join(folder, '..', folder.split('/').at(-1) ?? '', 'good.qcow2')
    const link = ['vm', 'create', 'thief', '--memory', '64', '--disk', `${linked},link`]
    await assertRefused(daemon.home, link, { code: 'image_in_use', names: ['good.qcow2', '"owner"'] })
    const twice = ['--disk', `${at('a.raw')},link`, '--disk', `${at('a.raw')},link`]
    await writeFile(at('a.raw'), Buffer.alloc(MIB))
    const both = ['vm', 'create', 'thief', '--memory', '64', ...twice]
    await assertRefused(daemon.home, both, { code: 'image_in_use', names: [at('a.raw'), 'same file'] })
    await cliDocument(daemon.home, ['vm', 'create', 'copy', '--memory', '64', '--disk', at('good.qcow2')])
    await cliDocument(daemon.home, ['vm', 'remove', 'copy', '--yes'])
    await cliDocument(daemon.home, ['vm', 'remove', 'owner', '--yes'])
    await execa('qemu-io', ['-r', '-c', 'read -P 17 0 4M', at('good.qcow2')])
  })

  it('nothing that is merely untidy: clusters that leaked when the power failed harm nobody', async () => {
    const path = at('leaky.qcow2')
    await copyFile(at('good.qcow2'), path)
    // Clusters that are counted as used, while no table refers to them.
    await truncate(path, 220 * 64 * KIB)
    const refcountBlock = Number((await readFile(path)).readBigUInt64BE(await tableAt(48)))
    const file = await open(path, 'r+')
    await file.write(Buffer.alloc(32, Buffer.from([0, 1])), 0, 32, refcountBlock + 2 * 200)
    await file.close()
    const { exitCode } = await execa('qemu-img', ['check', path], { reject: false })
    assert.equal(exitCode, 3, 'that it has leaks')
    const made = await cli(daemon.home, ['vm', 'create', 'leaky', '--memory', '64', '--disk', `${path},link`])
    assert.equal(made.exitCode, 0, made.stderr)
    await cliDocument(daemon.home, ['vm', 'remove', 'leaky', '--yes'])
  })
})

/** A process that has the image open for writing, until its standard input ends. */
async function holding(path: string): Promise<ChildProcess> {
  const holder = spawn('qemu-io', [path], { stdio: ['pipe', 'pipe', 'inherit'] })
  holder.stdin?.write('write -P 17 0 512\n')
  if (holder.stdout) await once(holder.stdout, 'data')
  return holder
}
