import swagger from '@fastify/swagger'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { z } from 'zod'
import {
  applyCheckpointSchema,
  applyResultSchema,
  checkpointViewSchema,
  createCheckpointSchema,
  deleteResultSchema,
  renameCheckpointSchema,
} from '../../contract/checkpoint.ts'
import {
  applyGroupSchema,
  createGroupCheckpointSchema,
  createGroupSchema,
  groupApplyResultSchema,
  groupCheckpointResultSchema,
  groupCheckpointViewSchema,
  groupDeleteResultSchema,
  groupViewSchema,
  updateGroupSchema,
} from '../../contract/group.ts'
import { guardsViewSchema } from '../../contract/guard.ts'
import { guestHooksSchema } from '../../contract/hooks.ts'
import { healthSchema, problemSchema, rebuildResultSchema } from '../../contract/system.ts'
import { taskViewSchema } from '../../contract/task.ts'
import {
  exportCheckpointSchema,
  exportResultSchema,
  importResultSchema,
  importVmSchema,
} from '../../contract/transfer.ts'
import { vmUsageSchema } from '../../contract/usage.ts'
import { createVmSchema, stopVmSchema, updateVmSchema, vmRowSchema, vmViewSchema } from '../../contract/vm.ts'
import type { Api } from './api-type.ts'

const named = {
  ApplyCheckpoint: applyCheckpointSchema,
  ApplyGroup: applyGroupSchema,
  ApplyResult: applyResultSchema,
  Checkpoint: checkpointViewSchema,
  CreateCheckpoint: createCheckpointSchema,
  CreateGroup: createGroupSchema,
  CreateGroupCheckpoint: createGroupCheckpointSchema,
  CreateVm: createVmSchema,
  DeleteResult: deleteResultSchema,
  ExportCheckpoint: exportCheckpointSchema,
  ExportResult: exportResultSchema,
  Group: groupViewSchema,
  GroupApplyResult: groupApplyResultSchema,
  GroupCheckpoint: groupCheckpointViewSchema,
  GroupCheckpointResult: groupCheckpointResultSchema,
  GroupDeleteResult: groupDeleteResultSchema,
  Guards: guardsViewSchema,
  GuestHooks: guestHooksSchema,
  Health: healthSchema,
  ImportResult: importResultSchema,
  ImportVm: importVmSchema,
  Problem: problemSchema,
  RebuildResult: rebuildResultSchema,
  RenameCheckpoint: renameCheckpointSchema,
  StopVm: stopVmSchema,
  Task: taskViewSchema,
  UpdateGroup: updateGroupSchema,
  UpdateVm: updateVmSchema,
  Vm: vmViewSchema,
  VmUsage: vmUsageSchema,
  VmRow: vmRowSchema,
}

for (const [id, schema] of Object.entries(named)) z.globalRegistry.add(schema, { id })

/** What tasks of some kinds end with: no route answers with it, the document has it all the same. */
const results = [
  'ApplyResult',
  'DeleteResult',
  'ExportResult',
  'GroupApplyResult',
  'GroupCheckpointResult',
  'GroupDeleteResult',
  'ImportResult',
]

/** Collects what the routes say of themselves. Call it before they are registered. */
export async function registerOpenApi(api: Api, version: string): Promise<void> {
  await api.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Stillpoint',
        version,
        description:
          'Checkpoints for QEMU/KVM virtual machines. Work that takes long is a task: the call returns it at once, and it is watched at /tasks/{id} or on the event stream. Every error is a problem document (RFC 9457) with a code.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      tags: [
        { name: 'vms', description: 'Virtual machines and their power' },
        { name: 'checkpoints', description: 'Points that a VM can be put back to' },
        { name: 'groups', description: 'VMs of which checkpoints are taken at one instant' },
        { name: 'tasks', description: 'Work that was started' },
        { name: 'system', description: 'The daemon itself' },
      ],
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      // A listener on a Unix socket needs no token.
      security: [{ token: [] }, {}],
    },
    transform: jsonSchemaTransform,
    transformObject: (document) => withoutUnused(jsonSchemaTransformObject(document)),
  })
}

interface WithComponents {
  components?: { schemas?: Record<string, unknown> }
}

/** Each schema comes in a form for requests and one for responses; those that nothing refers to are dropped. */
function withoutUnused<Document extends object>(document: Document): Document {
  const { components, ...rest }: WithComponents & object = document
  const all = components?.schemas ?? {}
  const used = new Set<string>()
  const visit = (value: unknown): void => {
    for (const [, name] of JSON.stringify(value).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (name === undefined || used.has(name)) continue
      used.add(name)
      visit(all[name])
    }
  }
  visit(rest)
  visit(results.map((name) => `#/components/schemas/${name}`))
  const schemas = Object.fromEntries(Object.entries(all).filter(([name]) => used.has(name)))
  return { ...document, components: { ...components, schemas } }
}
