import { checkpointPolicies } from '../../../vm/config.ts'
import { type Cmdlet, cmdlet, parameter } from './cmdlet.ts'
import { byNameOrObject, passthru } from './parameters.ts'

const staticMemory = 'the memory of a VM is always all there'
const noSuchSetting = 'a VM has no such setting here'

export const vmCmdlets: readonly Cmdlet[] = [
  cmdlet({
    name: 'Get-VM',
    synopsis: 'Gets virtual machines.',
    native: 'vm list',
    differences: 'There is no CPUUsage. Version is the machine type.',
    sets: [
      {
        name: 'Name',
        parameters: [
          parameter(
            'Name',
            'String[]',
            'Names of the VMs; wildcards may stand in them. Default: all of them.',
            {
              aliases: ['VMName'],
              position: 0,
            },
          ),
        ],
      },
      {
        name: 'Id',
        parameters: [
          parameter('Id', 'String', 'The id of the VM.', { typeName: 'Guid', position: 0, mandatory: true }),
        ],
      },
    ],
    refused: { ClusterObject: 'there are no clusters' },
    examples: [
      { command: 'Get-VM', description: 'All virtual machines.' },
      { command: "Get-VM 'web*',db01", description: 'Those with these names.' },
      { command: 'Get-VM | jq -r .CheckpointType', description: 'One property of each.' },
    ],
  }),
  cmdlet({
    name: 'New-VM',
    synopsis: 'Creates a virtual machine.',
    native: 'vm create',
    differences:
      '-Name has to be given. The default generation is 1. -VHDPath takes a qcow2 or raw image and uses it in place; -NewVHDSizeBytes makes an empty disk in the folder of the VM. `stillpoint vm create` can do more.',
    confirms: 'told',
    sets: newVmSets(),
    refused: {
      NewVHDPath: 'the disks of a VM are in its own folder: give -NewVHDSizeBytes alone',
      BootDevice: noSuchSetting,
      SwitchName: 'the network card is set with stillpoint vm set --network',
      Path: 'a VM has its folder under the home folder of the daemon',
      Version: noSuchSetting,
    },
    examples: [
      {
        command: 'New-VM -Name web03 -MemoryStartupBytes 2GB -NewVHDSizeBytes 20GB',
        description: 'A VM with an empty disk.',
      },
    ],
  }),
  cmdlet({
    name: 'Set-VM',
    synopsis: 'Configures virtual machines.',
    native: 'vm set',
    differences:
      'Hardware can be changed while the VM is off only, as in Hyper-V. Memory is a whole number of MB. An empty -SnapshotFileLocation is the folder of the VM.',
    confirms: 'told',
    sets: byNameOrObject('VMs', [
      parameter('ProcessorCount', 'Int32', 'The number of processors.', { typeName: 'Int64' }),
      parameter('MemoryStartupBytes', 'Bytes', 'The memory, as 512MB or 2GB.'),
      parameter('CheckpointType', 'Enum', 'The checkpoint policy.', {
        typeName: 'CheckpointType',
        values: checkpointPolicies,
      }),
      parameter('AutomaticCheckpointsEnabled', 'Boolean', 'Whether one is taken at each start.'),
      parameter('SnapshotFileLocation', 'String', 'The folder for what checkpoints need.', {
        aliases: ['CheckpointFileLocation'],
      }),
      parameter('NewVMName', 'String', 'A new name; for one VM only.'),
      passthru('the VM'),
    ]),
    refused: {
      Notes: 'notes are kept with checkpoints, not with VMs',
      DynamicMemory: staticMemory,
      StaticMemory: staticMemory,
      MemoryMinimumBytes: staticMemory,
      MemoryMaximumBytes: staticMemory,
      AutomaticStartAction: noSuchSetting,
      AutomaticStopAction: 'VMs go on when the daemon ends',
      AutomaticStartDelay: noSuchSetting,
      AutomaticCriticalErrorAction: noSuchSetting,
      AutomaticCriticalErrorActionTimeout: noSuchSetting,
      LockOnDisconnect: noSuchSetting,
      SmartPagingFilePath: noSuchSetting,
      GuestControlledCacheTypes: noSuchSetting,
      LowMemoryMappedIoSpace: noSuchSetting,
      HighMemoryMappedIoSpace: noSuchSetting,
      AllowUnverifiedPaths: 'there are no clusters',
    },
    examples: [
      {
        command: 'Set-VM -Name web01 -CheckpointType ProductionOnly',
        description: 'Sets the policy of one VM.',
      },
      {
        command: 'Get-VM | stillpoint Set-VM -CheckpointType Standard',
        description: 'Sets the policy of all of them.',
      },
      {
        command: 'Set-VM web01 -ProcessorCount 4 -MemoryStartupBytes 2GB',
        description: 'Changes the hardware of a VM that is off.',
      },
    ],
  }),
  cmdlet({
    name: 'Rename-VM',
    synopsis: 'Renames a virtual machine.',
    native: 'vm set --name',
    confirms: 'told',
    sets: byNameOrObject('VMs', [
      parameter('NewName', 'String', 'The new name.', { position: 1, mandatory: true }),
      passthru('the VM'),
    ]),
    examples: [{ command: 'Rename-VM web01 -NewName web02', description: 'Renames a VM.' }],
  }),
  cmdlet({
    name: 'Remove-VM',
    synopsis: 'Removes virtual machines with their disks and checkpoints.',
    native: 'vm remove',
    differences:
      'Deletes the disks and checkpoints of the VM as well, which Hyper-V leaves on the disk; images that were used in place stay. Asks unless -Force or -Confirm:$false is given.',
    confirms: 'high',
    sets: byNameOrObject('VMs', [
      parameter('Force', 'SwitchParameter', 'Does not ask.'),
      parameter('AsJob', 'SwitchParameter', 'Starts the work, prints a job for each VM, and does not wait.'),
      passthru('the VM'),
    ]),
    examples: [{ command: 'Remove-VM -Name web03 -Force', description: 'Removes a VM without asking.' }],
  }),
]

function newVmSets() {
  const first = [
    parameter('Name', 'String', 'The name.', { position: 0, mandatory: true }),
    parameter('MemoryStartupBytes', 'Bytes', 'The memory, as 512MB or 2GB; default: 1GB.', { position: 1 }),
  ]
  const last = [
    parameter('Generation', 'Int32', '1: BIOS; 2: UEFI.', { typeName: 'Int16' }),
    parameter('AsJob', 'SwitchParameter', 'Starts the work, prints a job, and does not wait.'),
  ]
  return [
    {
      name: 'NoVHD',
      parameters: [...first, parameter('NoVHD', 'SwitchParameter', 'Without a disk.'), ...last],
    },
    {
      name: 'NewVHD',
      parameters: [
        ...first,
        parameter('NewVHDSizeBytes', 'Bytes', 'The size of an empty disk, as 20GB.', {
          typeName: 'UInt64',
          mandatory: true,
        }),
        ...last,
      ],
    },
    {
      name: 'ExistingVHD',
      parameters: [
        ...first,
        parameter('VHDPath', 'String', 'An image that is used in place.', { mandatory: true }),
        ...last,
      ],
    },
  ]
}
