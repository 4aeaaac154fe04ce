import { z } from 'zod'
import type { CheckpointId } from '../core/ids.ts'
import type { DiskView } from '../disk/layer.ts'
import {
  type CheckpointKind,
  type CheckpointPolicy,
  checkpointPolicies,
  type Hardware,
} from '../vm/config.ts'
import { type Guard, type GuardAction, guardActions, guards } from '../vm/guards.ts'

/** What was really reached, from the strongest to the weakest for a restart from disk. */
export const consistencies = ['exact-memory', 'application', 'file-system', 'crash'] as const
export type Consistency = (typeof consistencies)[number]

/** How memory was saved: behind the running guest, or with the guest stopped for all of it. */
export type MemoryCapture = 'background' | 'stopped'

export interface MemoryImage {
  /** Absolute path. */
  readonly file: string
  /** Of this file: what the checkpoint added to what its sources hold. */
  readonly sizeBytes: number
  /** Of the image's footer, which stands for all of it; hexadecimal. */
  readonly sha256: string
  readonly capture: MemoryCapture
  /** Images that hold pages of this one: names of files in the same folder. */
  readonly sources: readonly string[]
}

/** What an application in the guest did to be consistent while it was frozen. */
export interface ApplicationResult {
  /** `PostgreSQL`, `MariaDB`… */
  readonly name: string
  readonly outcome: 'consistent' | 'failed'
  /** How long it took to get ready. */
  readonly prepareMs: number
  /** Its version, or what failed. */
  readonly detail: string
}

/** A risk that was found before a checkpoint was created or applied, and what was decided. */
export interface GuardDecision {
  readonly guard: Guard
  readonly action: Exclude<GuardAction, 'off'>
  /** What was found: a service, a port, a role, a tag. */
  readonly evidence: string
  /** Somebody said that it shall be done all the same; false where a warning was enough. */
  readonly confirmed: boolean
}

/** The checkpoints of several VMs at one instant. */
export interface GroupMembership {
  readonly groupId: string
  readonly groupName: string
  /** The same for all that were made at that instant. */
  readonly setId: string
}

/** The honest record of how a checkpoint came about. */
export interface CheckpointRecord {
  readonly policy: CheckpointPolicy
  readonly consistency: Consistency
  /** Why another kind was made than the policy prefers; null when it was the preferred one. */
  readonly fallbackReason: string | null
  /** Why memory could not be saved behind the running guest; null when it was, or nothing ran, or none was saved. */
  readonly captureReason: string | null
  /** From the freeze command to the answer to thaw; null when nothing was frozen. */
  readonly frozenMs: number | null
  /** How long the guest's processors stood still; null when the VM was not running. */
  readonly pauseMs: number | null
  /** The disk transaction alone; null when the VM was off. */
  readonly switchMs: number | null
  readonly agentVersion: string | null
  /** File systems that the guest froze; null when nothing was frozen. */
  readonly frozenFileSystems: number | null
  /** QEMU's version; null when the VM was off. */
  readonly qemuVersion: string | null
  readonly applications: readonly ApplicationResult[]
  readonly guards: readonly GuardDecision[]
}

/** The figures of a state for which no guest was asked anything, nor stood still. */
export const withoutFigures = {
  captureReason: null,
  frozenMs: null,
  pauseMs: null,
  switchMs: null,
  agentVersion: null,
  frozenFileSystems: null,
  applications: [],
} satisfies Partial<CheckpointRecord>

export interface Checkpoint {
  readonly id: CheckpointId
  readonly parentId: CheckpointId | null
  readonly name: string
  readonly notes: string
  readonly kind: CheckpointKind
  /** UTC, ISO 8601: the instant that the checkpoint holds. */
  readonly createdAt: string
  readonly hardware: Hardware
  /** Per disk, the sealed layer whose view is the state. */
  readonly disks: DiskView
  /** Present exactly for the standard kind. */
  readonly memory: MemoryImage | null
  /** Copy of the vTPM's permanent state, absolute path; null without a vTPM. */
  readonly tpmState: string | null
  /** Made at the start of the VM; it goes with the next clean stop. */
  readonly automatic: boolean
  /** UTC, ISO 8601: deleted in the background after that; null: kept. */
  readonly expiresAt: string | null
  readonly group: GroupMembership | null
  readonly record: CheckpointRecord
}

const applicationResultSchema = z.object({
  name: z.string(),
  outcome: z.enum(['consistent', 'failed']),
  prepareMs: z.number(),
  detail: z.string(),
})

export const guardDecisionSchema = z.object({
  guard: z.enum(guards),
  action: z.enum(guardActions).exclude(['off']),
  evidence: z.string(),
  confirmed: z.boolean(),
})

export const groupMembershipSchema = z.object({
  groupId: z.string(),
  groupName: z.string(),
  setId: z.string(),
})

/** A CheckpointRecord, as `vm.json` keeps it and the API shows it. */
export const checkpointRecordSchema = z.object({
  policy: z.enum(checkpointPolicies),
  consistency: z.enum(consistencies),
  fallbackReason: z.string().nullable(),
  captureReason: z.string().nullable(),
  frozenMs: z.number().nullable(),
  pauseMs: z.number().nullable(),
  switchMs: z.number().nullable(),
  agentVersion: z.string().nullable(),
  frozenFileSystems: z.int().nullable(),
  qemuVersion: z.string().nullable(),
  applications: z.array(applicationResultSchema).readonly(),
  guards: z.array(guardDecisionSchema).readonly(),
})
