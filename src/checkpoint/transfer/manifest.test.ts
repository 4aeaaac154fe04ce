import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkpointOf, hardwareOf } from '../../../test/fixtures/documents.ts'
import { defaultSettings } from '../../vm/settings.ts'
import { exportedHardware, type Manifest, parseManifest } from './manifest.ts'

const checkpoint = checkpointOf('0000000000c1', null, 'base')
const sum = 'ab'.repeat(32)
const disk = { file: 'disks/disk0.qcow2', format: 'qcow2', virtualSizeBytes: 1 << 20 } as const

function manifest(change: Partial<Manifest> = {}): Manifest {
  const { id, name, notes, createdAt, record } = checkpoint
  return {
    format: 1,
    exportedAt: '2026-11-20T18:00:00.000Z',
    layout: 'flattened',
    vm: {
      id: '0123456789ab',
      name: 'web01',
      createdAt: '2026-11-20T08:00:00.000Z',
      settings: defaultSettings,
      tags: ['role:web'],
    },
    checkpoint: {
      ...{ id, name, notes, createdAt, record, kind: 'offline' },
      hardware: exportedHardware(hardwareOf(1)),
    },
    disks: [{ id: 'disk0', layers: [disk] }],
    memory: null,
    tpmState: null,
    files: [{ file: disk.file, sizeBytes: 65536, sha256: sum }],
    ...change,
  }
}

const read = (value: unknown) => parseManifest(JSON.stringify(value))
const withHardware = (change: object) => ({
  ...manifest(),
  checkpoint: { ...manifest().checkpoint, hardware: { ...manifest().checkpoint.hardware, ...change } },
})
const withFile = (file: string) => ({
  ...manifest(),
  disks: [{ id: 'disk0', layers: [{ ...disk, file }] }],
  files: [{ file, sizeBytes: 65536, sha256: sum }],
})

test('what an export says is read as it was written', () => {
  assert.deepEqual(read(manifest()), manifest())
})

test('settings that an older version did not have are left out', () => {
  const { undoHours: _, ...settings } = defaultSettings
  assert.equal(read(manifest({ vm: { ...manifest().vm, settings } })).vm.settings.undoHours, undefined)
})

test('a newer format is told apart from damage', () => {
  assert.throws(() => read({ ...manifest(), format: 2 }), /format 2, and only 1 is known/)
  assert.throws(() => parseManifest('{"format": 1'), SyntaxError)
  for (const value of [null, 7, [], {}]) assert.throws(() => read(value))
})

test('a name can lead nowhere but into the folders of the export', () => {
  for (const file of [
    '/etc/shadow',
    '../disk0.qcow2',
    'disks/../../disk0.qcow2',
    'disks/disk0.qcow2/',
    'disks/disk0.qcow2\n',
    'disks\\disk0.qcow2',
    'disks/.qcow2',
    'json:{"driver":"file"}',
    'disks/disk0.vmdk',
    'vm.json',
    'export.json',
  ]) {
    assert.throws(() => read(withFile(file)), file)
  }
  read(withFile('disks/disk0-12.qcow2'))
})

test('a text that becomes part of an argument of QEMU cannot add another', () => {
  for (const change of [
    { machineType: 'pc-q35-7.2,kernel=/etc/shadow' },
    { cpuModel: 'max,+vmx=/x' },
    { macAddress: '52:54:00:12:34:56,romfile=/etc/shadow' },
    { systemUuid: 'x' },
    { boot: { kernel: '/etc/shadow', initrd: null, append: '' } },
    { boot: { kernel: 'boot/kernel', initrd: '/etc/shadow', append: '' } },
    { memoryMiB: 0 },
    { cpus: 1.5 },
    { disks: [{ id: 'disk0,x', role: 'data' }] },
  ]) {
    assert.throws(() => read(withHardware(change)), JSON.stringify(change))
  }
})

test('parts that do not fit together are refused', () => {
  const memory = {
    ...{ file: 'memory/0000000000c1.spm', sizeBytes: 9, sha256: sum, capture: 'background' as const },
    sources: [],
  }
  const raw = { ...disk, file: 'disks/disk0-0.raw', format: 'raw' as const }
  for (const [change, why] of [
    [{ disks: [] }, /differ/],
    [{ files: [] }, /has no checksum/],
    [{ files: [...manifest().files, ...manifest().files] }, /named twice/],
    [{ files: [...manifest().files, { ...manifest().files[0], file: 'tpm/state' }] }, /belongs to nothing/],
    [{ memory }, /has no memory/],
    [{ checkpoint: { ...manifest().checkpoint, kind: 'standard' } }, /needs its memory/],
    [{ disks: [{ id: 'disk0', layers: [{ ...disk, file: 'disks/disk1.qcow2' }] }] }, /not a file of disk0/],
    [{ disks: [{ id: 'disk0', layers: [{ ...disk, format: 'raw' }] }] }, /said to be raw/],
    [{ disks: [{ id: 'disk0', layers: [disk, raw] }] }, /cannot stand on another/],
    [{ disks: [{ id: 'disk0', layers: [disk, disk] }] }, /named twice/],
  ] as const) {
    assert.throws(() => read({ ...manifest(), ...change }), why)
  }
})
