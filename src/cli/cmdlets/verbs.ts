import type { Bound } from './binding/bound.ts'
import type { Session } from './session.ts'

export interface Verb {
  run(session: Session, bound: Bound): Promise<void>
}

/** What the cmdlets of the table do, loaded when it is called. */
export const verbs: Readonly<Record<string, () => Promise<Verb>>> = {
  'Checkpoint-VM': () => import('./verbs/checkpoint-vm.ts'),
  'Get-VMCheckpoint': () => import('./verbs/get-vm-checkpoint.ts'),
  'Restore-VMCheckpoint': () => import('./verbs/restore-vm-checkpoint.ts'),
  'Remove-VMCheckpoint': () => import('./verbs/remove-vm-checkpoint.ts'),
  'Rename-VMCheckpoint': () => import('./verbs/rename-vm-checkpoint.ts'),
  'Export-VMCheckpoint': () => import('./verbs/export-vm-checkpoint.ts'),
  'Import-VM': () => import('./verbs/import-vm.ts'),
  'Get-VM': () => import('./verbs/get-vm.ts'),
  'New-VM': () => import('./verbs/new-vm.ts'),
  'Set-VM': () => import('./verbs/set-vm.ts'),
  'Rename-VM': () => import('./verbs/rename-vm.ts'),
  'Remove-VM': () => import('./verbs/remove-vm.ts'),
  'Start-VM': () => import('./verbs/start-vm.ts'),
  'Stop-VM': () => import('./verbs/stop-vm.ts'),
  'Suspend-VM': () => import('./verbs/suspend-vm.ts'),
  'Resume-VM': () => import('./verbs/resume-vm.ts'),
  'Restart-VM': () => import('./verbs/restart-vm.ts'),
  'Get-Job': () => import('./verbs/get-job.ts'),
  'Wait-Job': () => import('./verbs/wait-job.ts'),
  'Receive-Job': () => import('./verbs/receive-job.ts'),
  'Stop-Job': () => import('./verbs/stop-job.ts'),
  'Get-Help': () => import('./verbs/get-help.ts'),
  'Get-Command': () => import('./verbs/get-command.ts'),
}
