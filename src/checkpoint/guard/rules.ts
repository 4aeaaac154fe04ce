import type { CheckpointKind } from '../../vm/config.ts'
import type { Guard, GuardAction } from '../../vm/guards.ts'

export type Operation = 'create' | 'apply'
export type Measure = Exclude<GuardAction, 'off'>

/** What is about to be done. */
export type Occasion =
  | { readonly operation: 'create' }
  | {
      readonly operation: 'apply'
      readonly kind: CheckpointKind
      /** The guest is a controller that notices by the generation device that it was put back. */
      readonly noticesApply: boolean
      /** The VMs of its group go back together with it. */
      readonly asGroup: boolean
    }

export interface Rule {
  readonly title: string
  /** What goes wrong when one like that goes back in time. */
  readonly risk: string
  readonly remedy: Readonly<Record<Operation, string>>
}

/** Sources: Microsoft Learn, "Virtualized Domain Controller Architecture" (USN rollback, VM-GenerationID); etcd, Raft and Kafka documentation on lost state. */
export const rules: Readonly<Record<Guard, Rule>> = {
  'domain-controller': {
    title: 'Domain controller',
    risk: 'A controller that goes back in time hands out update sequence numbers again that its partners have seen (USN rollback). They ignore what it changes from then on: accounts, passwords and group members differ from one controller to the next, and stay so.',
    remedy: {
      create:
        'Let it have a generation device and make production checkpoints: Windows Server 2012 and later notices by the device that it was put back, and replicates anew. Never keep one for longer than the tombstone lifetime. It does not replace a second controller, nor a backup of the system state.',
      apply:
        'Apply a production or offline checkpoint, with the generation device, to Windows Server 2012 or later. Anything else: demote the controller, or remove it and promote a new one.',
    },
  },
  'cluster-member': {
    title: 'Cluster member',
    risk: 'The other members go on while this one goes back. It believes in memberships, leases and locks that ended: it is fenced, or two members serve the same thing (split brain). Disks that members share are not put back with it.',
    remedy: {
      create: 'Drain the member first, or create checkpoints of all members at one instant, as a group.',
      apply:
        'Take the member out of the cluster first and let it join anew, or put all members back together, as a group.',
    },
  },
  database: {
    title: 'Database',
    risk: 'What was committed after the checkpoint is lost, and whoever saw it does not know. A standard checkpoint also brings back connections and transactions that their other side has given up.',
    remedy: {
      create:
        'Make production checkpoints, with freeze hooks for the database, so that it is consistent on disk. It does not replace the backup of the database.',
      apply:
        'Stop its clients first, and check afterwards what they have lost. Where no transaction may be lost, restore with the means of the database, to a point in time.',
    },
  },
  'replicated-application': {
    title: 'Replicated application',
    risk: 'It forgets what it has confirmed to its peers: entries of the log, votes, offsets. They do not send it again, so replicas differ, or acknowledged data is lost on all of them.',
    remedy: {
      create: 'Create checkpoints of all replicas at one instant, as a group, or rely on the other replicas.',
      apply:
        'Put all replicas back together, as a group. Otherwise remove this replica, and let it join anew without its old data.',
    },
  },
  'multi-tier-application': {
    title: 'Part of an application on several VMs',
    risk: 'The other parts stay where they are. What they refer to in this one is not there any more, and what this one waits for was answered long ago.',
    remedy: {
      create: 'Create checkpoints of all its VMs at one instant, as a group.',
      apply: 'Put all its VMs back together, as a group.',
    },
  },
}

/**
 * What is done about a risk where the settings of the VM say nothing.
 *
 * | guard | create | apply | apply of a whole group |
 * |---|---|---|---|
 * | domain-controller | warn | confirm; warn where it notices, and its memory is not put back | the same |
 * | cluster-member | warn | confirm | warn |
 * | database | warn | warn | warn |
 * | replicated-application | warn | confirm | warn |
 * | multi-tier-application | warn | confirm | not asked |
 *
 * Creating changes nothing for anybody else, so it is never stopped. A database puts itself in order as after a
 * power failure; the others have partners who do not go back with them, unless their group does.
 */
export function defaultMeasure(guard: Guard, occasion: Occasion): Measure {
  if (occasion.operation === 'create' || guard === 'database') return 'warn'
  if (guard !== 'domain-controller') return occasion.asGroup ? 'warn' : 'confirm'
  return occasion.noticesApply && occasion.kind !== 'standard' ? 'warn' : 'confirm'
}
