import { type Cmdlet, cmdlet, parameter } from './cmdlet.ts'
import { asJob, passthru, snapshotObjects, vmObject } from './parameters.ts'

const path = (position: number) =>
  parameter('Path', 'String', 'The folder into which they are written, each into one of its own.', {
    position,
    mandatory: true,
  })

export const transferCmdlets: readonly Cmdlet[] = [
  cmdlet({
    name: 'Export-VMCheckpoint',
    aliases: ['Export-VMSnapshot'],
    synopsis: 'Writes checkpoints into a folder, each as a whole virtual machine.',
    native: 'checkpoint export',
    differences:
      'Each is written into a folder below -Path that has the name of the VM and of the checkpoint; disks are qcow2 images. An export that was cut off goes on.',
    confirms: 'told',
    sets: exportSets(),
    examples: [
      {
        command: "Export-VMCheckpoint -Name 'Base image' -VMName web01 -Path /srv/exports",
        description: 'Exports a checkpoint.',
      },
    ],
  }),
  cmdlet({
    name: 'Import-VM',
    synopsis: 'Makes a virtual machine of a folder that was exported.',
    native: 'vm import',
    differences:
      '-Path is the folder of one export. -Copy has to be given: a VM is never run from the folder. Without -GenerateNewId it keeps the identity of the VM that was exported. Prints the new VM.',
    confirms: 'told',
    sets: [
      {
        name: 'Copy',
        parameters: [
          parameter('Path', 'String', 'The folder that was exported.', {
            position: 0,
            mandatory: true,
            pipeline: true,
          }),
          parameter('Copy', 'SwitchParameter', 'Copies the files; has to be given.', { mandatory: true }),
          parameter('GenerateNewId', 'SwitchParameter', 'Gives the VM ids and a network address of its own.'),
          parameter(
            'Name',
            'String',
            'The name of the new VM; default: the one that it had. Hyper-V has no such parameter.',
          ),
          asJob,
        ],
      },
    ],
    refused: {
      Register: 'files are copied: give -Copy',
      VhdDestinationPath: 'the disks of a VM are in its own folder',
      VhdSourcePath: 'the disks are in the folder of the export',
      VirtualMachinePath: 'a VM has its folder under the home folder of the daemon',
      SnapshotFilePath: 'Set-VM -SnapshotFileLocation sets it afterwards',
      SmartPagingFilePath: 'a VM has no such setting here',
      CompatibilityReport: 'there are no such reports',
    },
    examples: [
      {
        command: 'Import-VM -Path /srv/exports/web01 -Copy -GenerateNewId',
        description: 'Imports it as another VM.',
      },
    ],
  }),
]

function exportSets() {
  const name = parameter('Name', 'String[]', 'Names of the checkpoints; wildcards may stand in them.', {
    position: 0,
    mandatory: true,
  })
  const others = [asJob, passthru('the checkpoint')]
  return [
    {
      name: 'SnapshotName',
      parameters: [
        name,
        path(1),
        parameter('VMName', 'String[]', 'Names of the VMs; wildcards and ids may stand for them.', {
          mandatory: true,
        }),
        ...others,
      ],
    },
    {
      name: 'VMObject',
      parameters: [
        { ...vmObject('The VMs, as Get-VM prints them.'), position: null },
        name,
        path(1),
        ...others,
      ],
    },
    {
      name: 'SnapshotObject',
      parameters: [snapshotObjects('The checkpoints, as Get-VMCheckpoint prints them.'), path(1), ...others],
    },
  ]
}
