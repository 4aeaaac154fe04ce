import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createVmSchema } from '../../../contract/vm.ts'
import { GIB, MIB } from '../../../core/units.ts'
import { firstDraft, problemOfDisk, problemOfMemory, problemOfName, problemsOf, requestOf } from './draft.ts'

test('what is sent is what the API takes, and says all that was chosen', () => {
  const request = requestOf({
    ...firstDraft,
    name: ' web01 ',
    memoryBytes: 1.5 * GIB,
    disks: [
      { key: 3, source: 'empty', sizeBytes: 20 * GIB, path: '/left/over' },
      { key: 4, source: 'link', sizeBytes: 1, path: ' /srv/web.qcow2 ' },
    ],
    kernel: '/boot/vmlinuz',
    append: 'quiet',
  })
  assert.deepEqual(createVmSchema.parse(request), request)
  assert.equal(request.name, 'web01')
  assert.equal(request.memoryMiB, 1536)
  assert.deepEqual(request.disks, [
    { source: 'empty', sizeBytes: 20 * GIB },
    { source: 'image', path: '/srv/web.qcow2', use: 'link', backing: null },
  ])
  assert.deepEqual(request.boot, { kernel: '/boot/vmlinuz', initrd: null, append: 'quiet' })
  assert.equal(requestOf({ ...firstDraft, name: 'a' }).boot, null)
})

test('what is missing or beyond the limits is said at its field', () => {
  assert.deepEqual(Object.keys(problemsOf(firstDraft)), ['name'])
  assert.equal(problemOfName('🦀'.repeat(100)), null)
  assert.match(problemOfName('🦀'.repeat(101)) ?? '', /101/)
  assert.match(problemOfMemory(15 * MIB) ?? '', /16 MiB to 16 TiB/)
  assert.match(problemOfMemory(16 * MIB + 1) ?? '', /Whole MiB/)
  assert.match(problemOfMemory(Number.NaN) ?? '', /2 GiB/)
  assert.deepEqual(
    Object.keys(problemsOf({ ...firstDraft, name: 'a', cpus: '', initrd: '/x', append: 'y' })),
    ['cpus', 'initrd', 'append'],
  )
  assert.deepEqual(Object.keys(problemsOf({ ...firstDraft, name: 'a', kernel: 'boot/vmlinuz' })), ['kernel'])
  const disk = { key: 0, source: 'copy', sizeBytes: 0, path: '' } as const
  assert.match(problemOfDisk(disk) ?? '', /Name the image/)
  assert.match(problemOfDisk({ ...disk, path: 'a.qcow2' }) ?? '', /slash/)
  assert.equal(problemOfDisk({ ...disk, path: '/a.qcow2' }), null)
  assert.notEqual(problemOfDisk({ ...disk, source: 'empty', sizeBytes: Number.NaN }), null)
})
