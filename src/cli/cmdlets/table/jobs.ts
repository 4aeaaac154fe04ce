import { type Cmdlet, cmdlet, parameter } from './cmdlet.ts'

export const jobStates = ['NotStarted', 'Running', 'Completed', 'Failed', 'Stopped'] as const

const ids = parameter('Id', 'String[]', 'Ids of the jobs, which are those of tasks.', {
  position: 0,
  mandatory: true,
  pipeline: true,
})
const jobs = parameter('Job', 'Job[]', 'The jobs, as -AsJob and Get-Job print them.', {
  position: 0,
  mandatory: true,
  pipeline: true,
})
const byIdOrJob = (...others: ReturnType<typeof parameter>[]) => [
  { name: 'Job', parameters: [jobs, ...others] },
  { name: 'Id', parameters: [ids, ...others] },
]

/** A job of PowerShell is a task of the daemon here, which goes on when the shell ends. */
export const jobCmdlets: readonly Cmdlet[] = [
  cmdlet({
    name: 'Get-Job',
    synopsis: 'Gets the tasks of the daemon.',
    native: 'task list',
    differences: 'A job belongs to the daemon, not to the session: jobs of others are shown too.',
    sets: [
      {
        name: 'Id',
        parameters: [
          parameter('Id', 'String[]', 'Ids of the jobs. Default: the latest.', { position: 0 }),
          parameter('State', 'Enum', 'Only jobs in this state.', { typeName: 'JobState', values: jobStates }),
          parameter('Newest', 'Int32', 'How many at most.'),
        ],
      },
    ],
    examples: [{ command: 'Get-Job -State Running', description: 'What is being done.' }],
  }),
  cmdlet({
    name: 'Wait-Job',
    synopsis: 'Waits until jobs have ended.',
    native: 'task watch',
    sets: byIdOrJob(parameter('Timeout', 'Int32', 'How long to wait at most, in seconds.')),
    examples: [
      {
        command: 'Checkpoint-VM web01 -AsJob | stillpoint Wait-Job',
        description: 'Waits for the end of what was started.',
      },
    ],
  }),
  cmdlet({
    name: 'Receive-Job',
    synopsis: 'Prints what jobs returned, or their errors.',
    native: 'task show',
    differences: 'What a job returned stays with it, as with -Keep.',
    sets: byIdOrJob(
      parameter('Wait', 'SwitchParameter', 'Waits for the end of the jobs first.'),
      parameter('Keep', 'SwitchParameter', 'Keeps the result, which is always done.'),
    ),
    examples: [
      { command: 'Get-Job | stillpoint Receive-Job', description: 'The results of the latest jobs.' },
    ],
  }),
  cmdlet({
    name: 'Stop-Job',
    synopsis: 'Asks the daemon to cancel jobs.',
    native: 'task cancel',
    confirms: 'told',
    sets: byIdOrJob(),
    examples: [
      { command: 'Get-Job -State Running | stillpoint Stop-Job', description: 'Cancels what runs.' },
    ],
  }),
]
