import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createFakeServices } from '../../../test/fixtures/fake-services.ts'
import { systemClock } from '../../core/clock.ts'
import { createAccess } from './access.ts'
import { createApi } from './api.ts'

interface Operation {
  readonly summary?: string
  readonly operationId?: string
  readonly tags?: string[]
  readonly parameters?: { name: string; in: string; required?: boolean }[]
  readonly responses: Record<string, { description?: string; content?: Record<string, { schema: unknown }> }>
}

interface Document {
  readonly openapi: string
  readonly paths: Record<string, Record<string, Operation>>
  readonly components: { schemas: Record<string, unknown> }
}

const token = 'a-secret'
const api = await createApi(createFakeServices(), {
  access: createAccess(token, [], systemClock),
  consoleFolder: '/nowhere',
})
const headers = { authorization: `Bearer ${token}` }
const document: Document = (await api.inject({ url: '/api/v1/openapi.json', headers })).json()
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
)

test('the document names every route of the API', () => {
  assert.equal(document.openapi, '3.1.0')
  const found = operations.map(({ path, method }) => `${method.toUpperCase()} ${path.replace('/api/v1', '')}`)
  assert.deepEqual(found.toSorted(), [
    'DELETE /groups/{group}',
    'DELETE /groups/{group}/checkpoints/{checkpoint}',
    'DELETE /session',
    'DELETE /vms/{vm}',
    'DELETE /vms/{vm}/checkpoints/{checkpoint}',
    'DELETE /vms/{vm}/discarded',
    'DELETE /vms/{vm}/disks/{disk}',
    'DELETE /vms/{vm}/hooks',
    'GET /doctor',
    'GET /events',
    'GET /groups',
    'GET /groups/{group}',
    'GET /groups/{group}/checkpoints',
    'GET /groups/{group}/checkpoints/{checkpoint}',
    'GET /health',
    'GET /report',
    'GET /session',
    'GET /storage',
    'GET /storage/history',
    'GET /tasks',
    'GET /tasks/{id}',
    'GET /usage',
    'GET /vm-rows',
    'GET /vm-rows/{vm}',
    'GET /vms',
    'GET /vms/{vm}',
    'GET /vms/{vm}/checkpoints',
    'GET /vms/{vm}/checkpoints/{checkpoint}',
    'GET /vms/{vm}/discarded',
    'GET /vms/{vm}/guards',
    'GET /vms/{vm}/hooks',
    'GET /vms/{vm}/layers',
    'GET /vms/{vm}/screen',
    'GET /vms/{vm}/screenshot',
    'PATCH /groups/{group}',
    'PATCH /vms',
    'PATCH /vms/{vm}',
    'PATCH /vms/{vm}/checkpoints/{checkpoint}',
    'POST /doctor/repair',
    'POST /groups',
    'POST /groups/{group}/checkpoints',
    'POST /groups/{group}/checkpoints/{checkpoint}/apply',
    'POST /inventory/rebuild',
    'POST /session',
    'POST /tasks/{id}/cancel',
    'POST /vms',
    'POST /vms/import',
    'POST /vms/settings',
    'POST /vms/{vm}/checkpoints',
    'POST /vms/{vm}/checkpoints/{checkpoint}/apply',
    'POST /vms/{vm}/checkpoints/{checkpoint}/export',
    'POST /vms/{vm}/disks',
    'POST /vms/{vm}/disks/{disk}/grow',
    'POST /vms/{vm}/hooks',
    'POST /vms/{vm}/merge',
    'POST /vms/{vm}/pause',
    'POST /vms/{vm}/resume',
    'POST /vms/{vm}/revert',
    'POST /vms/{vm}/start',
    'POST /vms/{vm}/stop',
    'POST /vms/{vm}/undo',
  ])
})

test('every operation says what it does, takes and answers', () => {
  const ids = operations.map(({ operation }) => operation.operationId)
  assert.equal(new Set(ids).size, operations.length)
  for (const { path, operation } of operations) {
    assert.ok(operation.summary && operation.tags?.length, path)
    const inPath = [...path.matchAll(/{(\w+)}/g)].map((match) => match[1])
    const parameters = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path')
    assert.deepEqual(
      parameters.map((parameter) => parameter.name),
      inPath,
    )
    assert.ok(parameters.every((parameter) => parameter.required))
    const codes = Object.keys(operation.responses)
    assert.ok(codes.includes('default') && codes.some((code) => /^(101|2..)$/.test(code)), path)
    for (const response of Object.values(operation.responses)) assert.ok(response.description, path)
    assert.ok(operation.responses.default?.content?.['application/problem+json'])
  }
})

test('every reference leads somewhere, and everything but the results of tasks is referred to', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)]
  const names = new Set(references.map((match) => match[1] ?? ''))
  for (const prefix of ['', 'Group']) {
    for (const result of ['ApplyResult', 'DeleteResult']) names.add(`${prefix}${result}`)
  }
  for (const result of ['GroupCheckpointResult', 'ExportResult', 'ImportResult']) names.add(result)
  assert.deepEqual([...names].toSorted(), Object.keys(document.components.schemas).toSorted())
  assert.ok(names.has('CreateVmInput') && names.has('Vm'))
})
