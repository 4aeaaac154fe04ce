import type { Generated } from 'kysely'

/** What the tables hold, as the query builder types it. */
export interface Schema {
  migrations: { number: number }
  vms: {
    id: string
    name: string
    /** The name as it is compared: two VMs cannot have the same. */
    name_key: string
    revision: number
    document: string
  }
  groups: { id: string; name: string; name_key: string; revision: number; document: string }
  journal: {
    /** Order in which entries were opened. */
    seq: Generated<number>
    id: string
    vm_id: string
    operation: string
    plan: string
    created_at: string
  }
  journal_marks: { journal_id: string; seq: number; step: string; data: string }
  growth: {
    /** A volume, or a VM's files on one. */
    subject: string
    /** ms since 1970. */
    at: number
    bytes: number
    /** 1: the first of its hour, which is kept for long. */
    hourly: number
  }
  tasks: {
    /** Order in which tasks were created. */
    seq: Generated<number>
    id: string
    kind: string
    vm_id: string | null
    vm_name: string | null
    title: string
    state: string
    percent: number
    message: string
    log: string
    created_at: string
    started_at: string | null
    ended_at: string | null
    result: string
    error: string
  }
}
