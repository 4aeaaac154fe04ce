import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type FoundProcess, straysOf } from './process.ts'

const qemu = (pid: number, folder: string): FoundProcess => ({
  pid,
  processStart: '1',
  program: 'qemu',
  args: ['-chardev', `socket,id=qmp,path=${folder}/qmp.sock,server=on,wait=off`],
})
const tpm = (pid: number, folder: string): FoundProcess => ({
  pid,
  processStart: '1',
  program: 'tpm',
  args: ['--tpmstate', 'dir=/vm/tpm/1,mode=0600', '--ctrl', `type=unixio,path=${folder}/tpm.sock,mode=0600`],
})

const strays = (found: readonly FoundProcess[], keep: readonly number[]) =>
  straysOf(found, new Set(keep)).map(({ pid }) => pid)

test('a TPM is a stray when the QEMU that it serves is, or is gone', () => {
  const found = [qemu(1, '/vm/run/a'), tpm(2, '/vm/run/a'), qemu(3, '/vm/run/b'), tpm(4, '/vm/run/b')]
  assert.deepEqual(strays(found, [1]), [3, 4])
  assert.deepEqual(strays(found, []), [1, 2, 3, 4])
  assert.deepEqual(strays([qemu(1, '/vm/run/a'), tpm(4, '/vm/run/b')], [1]), [4])
})

test('a folder whose name begins like that of a kept process is another one', () => {
  assert.deepEqual(strays([qemu(1, '/vm/run/ab'), tpm(2, '/vm/run/a')], [1]), [2])
})
