import { type Cmdlet, cmdlet, parameter } from './cmdlet.ts'
import { asJob, byNameOrObject, passthru } from './parameters.ts'

const force = (description: string) => parameter('Force', 'SwitchParameter', description)
const print = passthru('the VM')

export const powerCmdlets: readonly Cmdlet[] = [
  cmdlet({
    name: 'Start-VM',
    synopsis: 'Starts virtual machines, or lets paused ones go on.',
    native: 'vm start',
    differences: 'A VM that runs already gets a warning.',
    confirms: 'told',
    sets: byNameOrObject('VMs', [asJob, print]),
    examples: [{ command: "Start-VM 'web*'", description: 'Starts every VM that matches.' }],
  }),
  cmdlet({
    name: 'Stop-VM',
    synopsis: 'Shuts virtual machines down, or turns them off.',
    native: 'vm stop',
    differences:
      '-Force gives the guest five minutes and turns the VM off then. -Save is refused: a standard checkpoint keeps the memory.',
    confirms: 'told',
    sets: byNameOrObject('VMs', [
      parameter('TurnOff', 'SwitchParameter', 'Turns them off at once, as pulling the plug does.'),
      force('Turns off what has not shut down after five minutes.'),
      asJob,
      print,
    ]),
    refused: {
      Save: 'there is no saved state; a standard checkpoint keeps the memory, and Suspend-VM pauses',
    },
    examples: [
      { command: 'Stop-VM -Name web01', description: 'Asks the guest to shut down, and waits.' },
      { command: 'Stop-VM web01 -TurnOff', description: 'Turns it off.' },
    ],
  }),
  cmdlet({
    name: 'Suspend-VM',
    synopsis: 'Pauses running virtual machines.',
    native: 'vm pause',
    confirms: 'told',
    sets: byNameOrObject('VMs', [asJob, print]),
    examples: [{ command: 'Suspend-VM web01', description: 'Pauses a VM.' }],
  }),
  cmdlet({
    name: 'Resume-VM',
    synopsis: 'Lets paused virtual machines go on.',
    native: 'vm resume',
    confirms: 'told',
    sets: byNameOrObject('VMs', [asJob, print]),
    examples: [{ command: 'Resume-VM web01', description: 'Lets a VM go on.' }],
  }),
  cmdlet({
    name: 'Restart-VM',
    synopsis: 'Turns virtual machines off and starts them again.',
    differences:
      'As in Hyper-V, the guest is not asked to shut down. Asks unless -Force or -Confirm:$false is given. There is no -AsJob, and nothing waits for the guest.',
    confirms: 'high',
    sets: byNameOrObject('VMs', [force('Does not ask.'), print]),
    refused: {
      AsJob: 'it is two tasks: stop it with -AsJob, and start it',
      Type: 'Stop-VM shuts the guest down first',
      Wait: 'it returns when QEMU runs; nothing waits for the guest',
      For: 'nothing waits for the guest',
      Delay: 'nothing waits for the guest',
      Timeout: 'nothing waits for the guest',
    },
    examples: [{ command: 'Restart-VM web01 -Force', description: 'Resets a VM.' }],
  }),
]
