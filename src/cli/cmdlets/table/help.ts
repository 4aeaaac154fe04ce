import { type Cmdlet, cmdlet, parameter } from './cmdlet.ts'

export const helpCmdlets: readonly Cmdlet[] = [
  cmdlet({
    name: 'Get-Help',
    synopsis: 'Shows how a cmdlet is used.',
    native: '--help',
    sets: [
      {
        name: 'AllUsersView',
        parameters: [
          parameter('Name', 'String', 'The cmdlet, or one of its aliases; wildcards list those that match.', {
            position: 0,
          }),
          parameter('Full', 'SwitchParameter', 'Everything.'),
          parameter('Detailed', 'SwitchParameter', 'Everything.'),
          parameter('Examples', 'SwitchParameter', 'The examples only.'),
          parameter('Parameter', 'String', 'One parameter only; wildcards may stand in its name.'),
        ],
      },
    ],
    examples: [
      { command: 'Get-Help Checkpoint-VM', description: 'The syntax of a cmdlet.' },
      { command: 'Get-Help Set-VM -Parameter CheckpointType', description: 'One of its parameters.' },
    ],
  }),
  cmdlet({
    name: 'Get-Command',
    synopsis: 'Lists the cmdlets.',
    sets: [
      {
        name: 'Cmdlet',
        parameters: [
          parameter('Name', 'String[]', 'Names; wildcards may stand in them. Default: all of them.', {
            position: 0,
          }),
        ],
      },
    ],
    examples: [{ command: "Get-Command '*Checkpoint*'", description: 'What there is for checkpoints.' }],
  }),
]
