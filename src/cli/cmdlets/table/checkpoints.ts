import { type Cmdlet, cmdlet, parameter } from './cmdlet.ts'
import {
  acceptRisk,
  asJob,
  byNameOrObject,
  passthru,
  snapshotObject,
  snapshotObjects,
  vmObject,
} from './parameters.ts'

/** What a checkpoint is; see the differences of Get-VMCheckpoint. */
export const snapshotTypes = ['Standard', 'Production', 'Offline'] as const

const includeChildren = parameter(
  'IncludeAllChildCheckpoints',
  'SwitchParameter',
  'Deletes all checkpoints below as well.',
  { aliases: ['IncludeAllChildSnapshots'] },
)

const snapshotName = parameter(
  'SnapshotName',
  'String',
  'The name of the new checkpoint; default: the VM and the time.',
  {
    aliases: ['CheckpointName'],
    position: 1,
  },
)

const oneVm = parameter('VM', 'VirtualMachine', 'The VM, as Get-VM prints it.', {
  position: 0,
  mandatory: true,
  pipeline: true,
})

export const checkpointCmdlets: readonly Cmdlet[] = [
  cmdlet({
    name: 'Checkpoint-VM',
    synopsis: 'Creates a checkpoint of a virtual machine.',
    native: 'checkpoint create',
    differences:
      'Says with a warning when it became another kind than the policy prefers. -AcceptRisk confirms what a guard of the VM asks; Hyper-V has no guards.',
    confirms: 'told',
    sets: byNameOrObject('VMs', [snapshotName, acceptRisk, asJob, passthru('the new checkpoint')]),
    examples: [
      {
        command: "Checkpoint-VM -Name web01 -SnapshotName 'Before patch'",
        description: 'Creates one with a name.',
      },
      {
        command: 'Checkpoint-VM web01,web02 -Passthru',
        description: 'Creates one of each, and prints what was reached.',
      },
      {
        command: "Get-VM 'db*' | stillpoint Checkpoint-VM",
        description: 'Creates one of every VM that matches.',
      },
    ],
  }),
  cmdlet({
    name: 'Get-VMCheckpoint',
    aliases: ['Get-VMSnapshot'],
    synopsis: 'Gets the checkpoints of a virtual machine or around a checkpoint.',
    native: 'checkpoint list',
    differences:
      'SnapshotType is what the checkpoint really is: Standard (with memory), Production or Offline; Hyper-V says Standard for all three. -Id is that of a checkpoint.',
    sets: getSets(),
    examples: [
      { command: 'Get-VMCheckpoint -VMName web01', description: 'All checkpoints of a VM.' },
      {
        command: "Get-VMCheckpoint -VMName '*' -Name 'Before*'",
        description: 'Those of all VMs whose names match.',
      },
      {
        command: 'Get-VMCheckpoint -ChildOf "$(stillpoint Get-VMCheckpoint web01 Base)"',
        description: 'Those that stand directly under another one.',
      },
    ],
  }),
  cmdlet({
    name: 'Restore-VMCheckpoint',
    aliases: ['Restore-VMSnapshot'],
    synopsis: 'Puts a virtual machine back to a checkpoint.',
    native: 'checkpoint apply',
    differences:
      'Where nobody can be asked it refuses unless -Confirm:$false is given; the answer to nothing is No. -AcceptRisk as with Checkpoint-VM; -Confirm:$false does not stand for it.',
    confirms: 'high',
    sets: [
      {
        name: 'SnapshotName',
        parameters: [
          parameter('Name', 'String', 'The name or id of the checkpoint.', { position: 0, mandatory: true }),
          parameter('VMName', 'String', 'The name of the VM.', { position: 1, mandatory: true }),
          acceptRisk,
          asJob,
          passthru('the checkpoint'),
        ],
      },
      {
        name: 'SnapshotObject',
        parameters: [
          snapshotObject('The checkpoint, as Get-VMCheckpoint prints it.'),
          acceptRisk,
          asJob,
          passthru('the checkpoint'),
        ],
      },
      {
        name: 'VM',
        parameters: [
          oneVm,
          parameter('Name', 'String', 'The name or id of the checkpoint.', { mandatory: true }),
          acceptRisk,
          asJob,
          passthru('the checkpoint'),
        ],
      },
    ],
    examples: [
      {
        command: "Restore-VMCheckpoint -Name 'Before patch' -VMName web01 -Confirm:$false",
        description: 'Puts the VM back without asking.',
      },
    ],
  }),
  cmdlet({
    name: 'Remove-VMCheckpoint',
    aliases: ['Remove-VMSnapshot'],
    synopsis: 'Deletes checkpoints of a virtual machine.',
    native: 'checkpoint delete',
    differences:
      'Asks unless -Confirm:$false is given, and refuses where nobody can be asked. As in Hyper-V, all checkpoints are meant when no -Name is given.',
    confirms: 'high',
    sets: [
      {
        name: 'SnapshotName',
        parameters: [
          parameter('VMName', 'String[]', 'Names of the VMs; wildcards and ids may stand for them.', {
            position: 0,
            mandatory: true,
          }),
          ...removeNames(),
        ],
      },
      { name: 'VMObject', parameters: [vmObject('The VMs, as Get-VM prints them.'), ...removeNames()] },
      {
        name: 'SnapshotObject',
        parameters: [
          snapshotObjects('The checkpoints, as Get-VMCheckpoint prints them.'),
          includeChildren,
          asJob,
          passthru('the VM'),
        ],
      },
    ],
    examples: [
      {
        command: "Remove-VMCheckpoint -VMName web01 -Name 'Experiment*' -Confirm:$false",
        description: 'Deletes those whose names match.',
      },
      {
        command: 'Remove-VMCheckpoint web01 Base -IncludeAllChildCheckpoints',
        description: 'Deletes one with all below it.',
      },
    ],
  }),
  cmdlet({
    name: 'Rename-VMCheckpoint',
    aliases: ['Rename-VMSnapshot'],
    synopsis: 'Gives a checkpoint another name.',
    native: 'checkpoint rename',
    confirms: 'told',
    sets: renameSets(),
    examples: [
      {
        command: "Rename-VMCheckpoint -VMName web01 -Name 'Configuration 2' -NewName 'All updates'",
        description: 'Renames a checkpoint.',
      },
    ],
  }),
]

function getSets() {
  const name = parameter('Name', 'String', 'The name of the checkpoint; wildcards may stand in it.', {
    position: 1,
  })
  const snapshotType = parameter('SnapshotType', 'Enum', 'Only checkpoints of this type.', {
    aliases: ['CheckpointType'],
    typeName: 'SnapshotType',
    values: snapshotTypes,
  })
  const around = (which: string, description: string) =>
    parameter(which, 'VMSnapshot', description, { mandatory: true })
  return [
    {
      name: 'VMName',
      parameters: [
        parameter('VMName', 'String[]', 'Names of the VMs; wildcards and ids may stand for them.', {
          position: 0,
          mandatory: true,
          pipeline: true,
        }),
        name,
        snapshotType,
      ],
    },
    { name: 'VMObject', parameters: [vmObject('The VMs, as Get-VM prints them.'), name, snapshotType] },
    {
      name: 'Id',
      parameters: [
        parameter('Id', 'String', 'The id of the checkpoint.', {
          typeName: 'Guid',
          position: 0,
          mandatory: true,
        }),
      ],
    },
    {
      name: 'Parent',
      parameters: [
        name,
        around(
          'ParentOf',
          'A checkpoint, as Get-VMCheckpoint prints it, or its id: the one that it stands under.',
        ),
        snapshotType,
      ],
    },
    {
      name: 'Child',
      parameters: [
        name,
        around('ChildOf', 'A checkpoint, as Get-VMCheckpoint prints it, or its id: those directly under it.'),
        snapshotType,
      ],
    },
  ]
}

function removeNames() {
  return [
    parameter(
      'Name',
      'String[]',
      'Names of the checkpoints; wildcards may stand in them. Default: all of them.',
      {
        position: 1,
      },
    ),
    includeChildren,
    asJob,
    passthru('the VM'),
  ]
}

function renameSets() {
  const name = parameter('Name', 'String', 'The name or id of the checkpoint.', {
    position: 0,
    mandatory: true,
  })
  const newName = parameter('NewName', 'String', 'The new name.', { position: 2, mandatory: true })
  const print = passthru('the checkpoint')
  return [
    {
      name: 'SnapshotName',
      parameters: [
        name,
        parameter('VMName', 'String', 'The name of the VM.', { position: 1, mandatory: true }),
        newName,
        print,
      ],
    },
    {
      name: 'SnapshotObject',
      parameters: [snapshotObject('The checkpoint, as Get-VMCheckpoint prints it.'), newName, print],
    },
    { name: 'VM', parameters: [oneVm, { ...name, position: 1 }, newName, print] },
  ]
}
