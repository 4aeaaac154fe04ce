import type { VmId } from '../core/ids.ts'

/** What the doctor can find, from what loses data to what is merely untidy. */
export const findingCodes = [
  'layer_missing',
  'layer_damaged',
  'layer_size_differs',
  'layer_parent_differs',
  'memory_image_lost',
  'record_copy_newer',
  'record_copy_behind',
  'unknown_vm_folder',
  'unsettled',
  'unfinished_work',
  'orphan_file',
  'permissions',
  'volume_filling',
] as const
export type FindingCode = (typeof findingCodes)[number]

export const findingSeverities = ['error', 'warning', 'info'] as const

export interface Finding {
  readonly code: FindingCode
  /** `error`: something cannot be used; `warning`: it can, and something is wrong; `info`: untidy. */
  readonly severity: (typeof findingSeverities)[number]
  readonly vmId: VmId | null
  readonly vmName: string | null
  /** The file or folder that it is about; the VM's folder where it is about none in particular. */
  readonly subject: string
  /** What is wrong, in words. */
  readonly problem: string
  /** What was seen. */
  readonly evidence: string
  /** What a repair does; or, where there is none, what only the user can do. */
  readonly remedy: string
  readonly isRepairable: boolean
}

/** A finding about one VM, without the VM. */
export type VmFinding = Omit<Finding, 'vmId' | 'vmName'>
