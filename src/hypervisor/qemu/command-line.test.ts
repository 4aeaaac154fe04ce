import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { diskId, hardwareOf, layerOf } from '../../../test/fixtures/documents.ts'
import { asId, type VmId } from '../../core/ids.ts'
import type { LaunchRequest } from '../port.ts'
import { commandLine } from './command-line.ts'

interface Texts {
  readonly runFolder: string
  readonly consoleLog: string
  readonly base: string
  readonly top: string
  readonly kernel: string
  readonly initrd: string
  readonly append: string
}

const plain: Texts = {
  runFolder: '/run/vm',
  consoleLog: '/log/console',
  base: '/images/base',
  top: '/images/top',
  kernel: '/boot/kernel',
  initrd: '/boot/initrd',
  append: 'quiet',
}

function requestOf(texts: Texts, more: Partial<LaunchRequest['hardware']> = {}): LaunchRequest {
  const base = layerOf('00000000000a', null, { file: texts.base, format: 'raw' })
  const top = layerOf('00000000000b', '00000000000a', { file: texts.top })
  return {
    vmId: asId<VmId>('0123456789ab'),
    hardware: {
      ...hardwareOf(1),
      display: 'vnc',
      network: 'user',
      boot: { kernel: texts.kernel, initrd: texts.initrd, append: texts.append },
      ...more,
    },
    generationId: '6c5f1c5e-5b8b-4f57-9c0e-1d2f3a4b5c6d',
    disks: [{ slot: { id: diskId(0), role: 'data' }, chain: [base, top] }],
    runFolder: texts.runFolder,
    consoleLog: texts.consoleLog,
    tpmFolder: null,
    begin: { kind: 'boot' },
  }
}

const host = {
  accelerator: 'tcg',
  uefiCode: '/usr/share/OVMF/code',
  privateSwitch: '239.192.1.2:20000',
} as const
const flags = new Set(['-nodefaults', '-no-user-config', '-S'])
/** Options whose value QEMU takes as it is. */
const verbatim = new Set([
  '-pidfile',
  '-kernel',
  '-initrd',
  '-append',
  '-name',
  '-uuid',
  '-cpu',
  '-smp',
  '-m',
])

/** What QEMU makes of its arguments: pairs of an option and its value, or its value's keys and values. */
function readAsQemu(args: readonly string[]): [string, unknown][] {
  const read: [string, unknown][] = []
  for (let at = 0; at < args.length; at++) {
    const option = args[at] ?? ''
    if (flags.has(option)) {
      read.push([option, true])
      continue
    }
    const value = args[++at] ?? ''
    assert.match(option, /^-[a-z]+$/, 'an option stands where QEMU looks for one')
    if (verbatim.has(option)) read.push([option, value])
    else if (value.startsWith('{')) read.push([option, JSON.parse(value)])
    else read.push([option, keysOf(value)])
  }
  return read
}

/** `a,key=value,…` with a comma in a value written twice; the first may come without a key. */
function keysOf(text: string): Record<string, string> {
  const parts = text.replaceAll(',,', '\0').split(',')
  const keys: Record<string, string> = {}
  for (const [index, part] of parts.entries()) {
    const equals = part.indexOf('=')
    const key = equals === -1 ? (index === 0 ? 'implied' : part) : part.slice(0, equals)
    assert.match(key, /^[a-z0-9]+$/)
    keys[key] = part.slice(equals + 1).replaceAll('\0', ',')
  }
  return keys
}

/** Any text that a path or a kernel command line can be, with those that mean something to somebody. */
const fragments = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom(
    ',',
    ',,',
    '=',
    ',id=x',
    '"',
    '\\',
    '\n',
    "'",
    '{',
    '}',
    ' ',
    '-S',
    ',server=off',
    '$(id)',
    '%s',
    ':',
    '"}',
  ),
)
const anyText = fc.array(fragments, { maxLength: 6 }).map((parts) => parts.join('').replaceAll('\0', ''))
const anyPath = anyText.map((text) => `/x${text}`)

const replaced = (value: unknown, texts: Texts): unknown => {
  if (typeof value === 'string') {
    for (const key of ['runFolder', 'consoleLog', 'base', 'top', 'kernel', 'initrd', 'append'] as const) {
      if (value === plain[key]) return texts[key]
      if (key === 'runFolder' && value.includes(plain.runFolder))
        return value.replace(plain.runFolder, () => texts.runFolder)
    }
    return value
  }
  if (Array.isArray(value)) return value.map((each) => replaced(each, texts))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, replaced(each, texts)]))
}

test('no text of a user adds, changes or removes an option of QEMU: each comes out as it went in', () => {
  const texts = fc.record({
    runFolder: anyPath,
    consoleLog: anyPath,
    base: anyPath,
    top: anyPath,
    kernel: anyPath,
    initrd: anyPath,
    append: anyText.filter((text) => text !== ''),
  })
  fc.assert(
    fc.property(texts, (given) => {
      const read = readAsQemu(commandLine(requestOf(given), host))
      const expected = readAsQemu(commandLine(requestOf(plain), host))
      assert.deepEqual(read, replaced(expected, given))
    }),
    { numRuns: 500 },
  )
})

const line = (more: Partial<LaunchRequest['hardware']> = {}) => commandLine(requestOf(plain, more), host)
const valuesOf = (args: readonly string[], option: string) =>
  args.filter((_, index) => args[index - 1] === option)

test('QEMU gets nothing by default, no other programs, and a sandbox', () => {
  const args = line()
  for (const flag of ['-nodefaults', '-no-user-config']) assert.ok(args.includes(flag))
  assert.match(valuesOf(args, '-sandbox')[0] ?? '', /^on,.*spawn=deny/)
  assert.deepEqual(valuesOf(args, '-accel'), ['tcg'])
})

test('layers are opened with explicit formats, their backing by name, and only the top one to be written', () => {
  const [base, top] = valuesOf(line(), '-blockdev').map((text) => JSON.parse(text))
  assert.deepEqual(
    [base.driver, base['node-name'], base['read-only'], base.file.filename],
    ['raw', 'l00000000000a', true, '/images/base'],
  )
  assert.equal('backing' in base, false)
  assert.deepEqual([top.driver, top['read-only'], top.backing], ['qcow2', false, 'l00000000000a'])
})

test('a base that is qcow2 is told that it has no backing, whatever its header says', () => {
  const base = layerOf('00000000000a', null)
  const request = {
    ...requestOf(plain),
    disks: [{ slot: { id: diskId(0), role: 'data' } as const, chain: [base] }],
  }
  const [node] = valuesOf(commandLine(request, host), '-blockdev').map((text) => JSON.parse(text))
  assert.equal(node.backing, null)
})

test('memory is of its own, or an object of huge pages or shared memory', () => {
  const objectsOf = (memoryBacking: 'normal' | 'huge-pages' | 'shared') =>
    valuesOf(commandLine(requestOf(plain, { memoryBacking, memoryMiB: 512 }), host), '-object')
  assert.deepEqual(objectsOf('normal'), [])
  assert.match(objectsOf('shared')[0] ?? '', /^memory-backend-memfd,id=memory0,size=512M,share=on$/)
  assert.match(objectsOf('huge-pages')[0] ?? '', /size=512M,.*hugetlb=on/)
})

test('a machine with a generation device shows its value there, and no other machine has one', () => {
  const devices = (generationDevice: boolean) =>
    valuesOf(line({ generationDevice }), '-device').filter((text) => text.includes('vmgenid'))
  assert.deepEqual(devices(false), [])
  assert.deepEqual(
    devices(true).map((text) => JSON.parse(text).guid),
    ['6c5f1c5e-5b8b-4f57-9c0e-1d2f3a4b5c6d'],
  )
})

test('a private network is a switch on the loopback interface, the one that the host gives it', () => {
  const netdev = (network: 'user' | 'private') => valuesOf(line({ network }), '-netdev')
  assert.deepEqual(netdev('private'), ['socket,id=lan0,mcast=239.192.1.2:20000,localaddr=127.0.0.1'])
  assert.deepEqual(netdev('user'), ['user,id=lan0'])
})

const source = { socketPath: '/m', load: async () => {} }

test('a memory image is loaded into a machine that does not start by itself', () => {
  const args = commandLine({ ...requestOf(plain), begin: { kind: 'memory', source } }, host)
  assert.deepEqual(args.slice(-3), ['-S', '-incoming', 'defer'])
  assert.ok(!line().includes('-S'))
})

test('UEFI brings its code read-only and its variables as a layer of the VM', () => {
  const request = requestOf(plain, { firmware: 'uefi', disks: [{ id: asId('uefi'), role: 'uefi-vars' }] })
  const args = commandLine(
    {
      ...request,
      disks: [{ slot: { id: asId('uefi'), role: 'uefi-vars' }, chain: [layerOf('00000000000c', null)] }],
    },
    host,
  )
  const [code] = valuesOf(args, '-blockdev').map((text) => JSON.parse(text))
  assert.deepEqual([code['read-only'], code.file.filename], [true, host.uefiCode])
  assert.deepEqual(valuesOf(args, '-machine').slice(1), ['pflash0=uefi-code', 'pflash1=l00000000000c'])
})

test('a vTPM is reached through a socket in the run folder', () => {
  const args = commandLine({ ...requestOf(plain), tpmFolder: '/vm/tpm/1' }, host)
  assert.ok(valuesOf(args, '-chardev').includes('socket,id=tpm,path=/run/vm/tpm.sock'))
  assert.ok(valuesOf(args, '-device').includes('tpm-crb,tpmdev=tpm0'))
  assert.ok(!line().includes('-tpmdev'))
})

test('what the hardware does not have is not on the command line', () => {
  const args = line({ display: 'none', network: 'none', boot: null })
  for (const option of ['-vnc', '-netdev', '-kernel', '-initrd', '-append'])
    assert.ok(!args.includes(option), option)
  assert.deepEqual(valuesOf(args, '-display'), ['none'])
  const bare = line({ boot: { kernel: '/k', initrd: null, append: '' } })
  assert.deepEqual([bare.includes('-initrd'), bare.includes('-append')], [false, false])
})
