import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkpointOf, diskId, documentOf, layerOf, layersOf } from '../../test/fixtures/documents.ts'
import { randomDocuments } from '../../test/fixtures/random-documents.ts'
import { isStillpointError } from '../core/error.ts'
import { asId, type LayerId } from '../core/ids.ts'
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
  const laterFields = new Set([
    ...['keptImages', 'tags', 'generationId', 'tpmFolder', 'discarded', 'lastApply'],
  ])
  for (const field of Object.keys(document).filter((each) => !laterFields.has(each))) {
    const { [field]: _, ...rest } = document
    damaged(JSON.stringify(rest))
  }
})

test('a document from before memory images referred to others is read as one without references', () => {
  const memory = { file: '/m/a.spm', sizeBytes: 1, sha256: 'ab', capture: 'background' as const, sources: [] }
  const now = documentOf({
    layers: layersOf(layerOf('base', null), layerOf('top', 'base')),
    active: { [diskId(0)]: asId<LayerId>('top') },
    checkpoints: [checkpointOf('a', null, 'base', { kind: 'standard', memory })],
  })
  const { keptImages: _, ...before } = now
  const { sources: __, ...memoryBefore } = memory
  const checkpoints = now.checkpoints.map((checkpoint) => ({ ...checkpoint, memory: memoryBefore }))
  assert.deepEqual(parseDocument(JSON.stringify({ ...before, checkpoints }), 'vm.json'), now)
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
