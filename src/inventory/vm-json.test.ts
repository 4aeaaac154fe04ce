import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { documentOf } from '../../test/fixtures/documents.ts'
import { randomDocuments } from '../../test/fixtures/random-documents.ts'
import { isStillpointError } from '../core/error.ts'
import { parseDocument, readVmJson, writeVmJson } from './vm-json.ts'

const damaged = (text: string) =>
  assert.throws(
    () => parseDocument(text, '/vms/x/vm.json'),
    (error) => isStillpointError(error, 'inventory_damaged') && error.message.length > 20,
    text.slice(0, 200),
  )

test('any document is read back as it was written', () => {
  fc.assert(
    fc.property(randomDocuments(), (random) => {
      const document = structuredClone(random) // with ordinary prototypes
      assert.deepEqual(parseDocument(JSON.stringify(document), 'x'), document)
    }),
  )
})

test('a document goes through its file unchanged, and the file is for the owner only', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sp-json-'))
  try {
    const file = join(folder, 'vm.json')
    await writeVmJson(file, documentOf())
    assert.deepEqual(await readVmJson(file), documentOf())
    const text = await readFile(file, 'utf8')
    assert.ok(text.endsWith('}\n'))
    await writeFile(file, text.slice(0, text.length / 2))
    await assert.rejects(
      readVmJson(file),
      (error) => isStillpointError(error, 'inventory_damaged') && error.message.includes(file),
    )
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

test('text that is cut off anywhere is damage', () => {
  const text = JSON.stringify(documentOf())
  fc.assert(fc.property(fc.nat(text.length - 1), (length) => damaged(text.slice(0, length))))
})

test('a document that lacks any one of its fields is damage', () => {
  const document: Record<string, unknown> = { ...documentOf() }
  for (const field of Object.keys(document)) {
    const { [field]: _, ...rest } = document
    damaged(JSON.stringify(rest))
  }
})

test('a document with a value of the wrong kind is damage', () => {
  const wrong: Record<string, unknown>[] = [
    { format: 2 },
    { id: '../../etc' },
    { id: 'ABCDEF012345' },
    { revision: 1.5 },
    { revision: '1' },
    { name: null },
    { layers: [] },
    { layers: { base: {} } },
    { active: { disk0: 5 } },
    { checkpoints: {} },
    { offConsistency: 'perfect' },
    { settings: { ...documentOf().settings, checkpointPolicy: 'Sometimes' } },
    { hardware: { ...documentOf().hardware, memoryMiB: '128' } },
    { instance: {} },
    { garbage: [1] },
  ]
  for (const change of wrong) damaged(JSON.stringify({ ...documentOf(), ...change }))
})

test('text that is no document at all is damage', () => {
  for (const text of ['', 'null', '[]', '5', '"text"', '{}', '\0\0\0']) damaged(text)
})

test('a document that is well formed but breaks an invariant is damage', () => {
  damaged(JSON.stringify({ ...documentOf(), active: { disk0: 'lost' } }))
})
