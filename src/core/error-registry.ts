export interface ErrorRow {
  readonly httpStatus: number
  /** Exit code of the CLI. 1 is kept for unexpected errors, 2 for wrong usage. */
  readonly exitCode: number
  /** Whether the same call may succeed later without any change by the user. */
  readonly retryable: boolean
  readonly summary: string
}

const row = (httpStatus: number, exitCode: number, retryable: boolean, summary: string): ErrorRow => ({
  httpStatus,
  exitCode,
  retryable,
  summary,
})

/** Every error that a user can meet. `docs/errors.md` lists the same rows; a test compares them. */
export const errorRegistry = {
  internal: row(500, 1, false, 'Something that Stillpoint did not expect; the log of the daemon says more.'),
  invalid_request: row(400, 2, false, 'The request is malformed or a value is out of range.'),
  invalid_name: row(400, 2, false, 'A name is blank, too long or holds characters that are not allowed.'),
  confirmation_required: row(400, 2, false, 'The operation discards data and was not confirmed.'),
  guard_confirmation_required: row(
    409,
    2,
    false,
    'The operation has risks for what the VM is, and they were not confirmed.',
  ),
  guard_forbidden: row(409, 5, false, 'The guards of the VM forbid the operation.'),
  unauthorized: row(401, 3, false, 'The token is missing or wrong.'),
  too_many_attempts: row(429, 3, true, 'A wrong token was given too often; wait a minute.'),
  daemon_unreachable: row(503, 3, true, 'No daemon answers, and none could be started.'),
  console_unavailable: row(409, 3, false, 'The daemon listens on no TCP address, so it serves no console.'),
  daemon_running: row(409, 3, false, 'Another daemon already serves this home folder.'),
  vm_not_found: row(404, 4, false, 'No VM has this name or id.'),
  checkpoint_not_found: row(404, 4, false, 'The VM has no checkpoint with this name or id.'),
  group_not_found: row(404, 4, false, 'No group has this name or id.'),
  set_not_found: row(404, 4, false, 'The group has no checkpoint with this name or id.'),
  disk_not_found: row(404, 4, false, 'The VM has no disk with this id.'),
  nothing_to_undo: row(404, 4, false, 'Nothing that an apply discarded is kept any more.'),
  task_not_found: row(404, 4, false, 'No task has this id.'),
  route_not_found: row(404, 4, false, 'The API has no such address.'),
  name_taken: row(409, 5, false, 'The name is in use.'),
  name_ambiguous: row(409, 5, false, 'Several checkpoints have this name; the id tells them apart.'),
  group_incomplete: row(409, 5, false, 'A VM of the group has no checkpoint of this instant.'),
  vm_state: row(409, 5, false, 'The VM is in a state in which this cannot be done.'),
  vm_busy: row(409, 5, true, 'Another operation is being done on the VM.'),
  vm_broken: row(409, 6, false, 'An image that the VM needs is missing or damaged.'),
  vm_unsettled: row(
    409,
    6,
    true,
    'Unfinished work on the VM could not be brought to an end yet; nothing else is done to it until then.',
  ),
  policy_disabled: row(409, 5, false, 'Checkpoints are disabled for this VM.'),
  limit_reached: row(
    409,
    5,
    false,
    'The VM has as many checkpoints, or as large ones, as its settings allow.',
  ),
  production_impossible: row(
    409,
    7,
    true,
    'A production checkpoint could not be made and no fallback is allowed.',
  ),
  agent_unavailable: row(409, 7, true, 'The guest agent is absent, silent or answers rubbish.'),
  freeze_failed: row(409, 7, true, 'The guest refused to freeze, or took longer than its budget.'),
  guest_refused: row(409, 7, false, 'The guest refused what it was asked through its agent.'),
  guest_frozen: row(409, 7, true, 'The guest could not be thawed yet; that is tried until it succeeds.'),
  image_invalid: row(
    400,
    6,
    false,
    'A disk image is damaged, truncated or of a format that is not supported.',
  ),
  image_refers_elsewhere: row(
    400,
    6,
    false,
    'A disk image names a backing or data file that was not named by the user.',
  ),
  image_in_use: row(409, 6, true, 'Another process uses the disk image.'),
  memory_image_invalid: row(409, 6, false, 'A memory image is missing or does not match its checksum.'),
  export_invalid: row(400, 6, false, 'A folder is no export, or its content is not what was exported.'),
  folder_in_use: row(409, 5, false, 'The folder holds something else, or is being written to.'),
  disk_full: row(507, 8, true, 'There is not enough free space.'),
  memory_stream_invalid: row(
    500,
    6,
    false,
    'QEMU sent a memory stream that this version does not know, or that was cut short.',
  ),
  memory_process_gone: row(
    500,
    9,
    true,
    'The process that saves or restores memory ended while it was needed.',
  ),
  memory_short: row(507, 8, true, 'The host has too little free memory.'),
  io_error: row(500, 8, true, 'The operating system refused to read or write a file.'),
  hypervisor_unavailable: row(503, 9, false, 'QEMU is missing, too old or cannot be started.'),
  hypervisor_failed: row(500, 9, true, 'QEMU refused a command or failed at it.'),
  hypervisor_gone: row(500, 9, true, 'The QEMU process ended while it was needed.'),
  timeout: row(504, 10, true, 'The operation did not finish in the time allowed.'),
  cancelled: row(409, 11, true, 'The operation was cancelled; nothing was changed by it.'),
  interrupted: row(503, 11, true, 'The daemon ended while this ran; what it had begun was put in order.'),
  inventory_damaged: row(500, 12, false, 'A record of the inventory cannot be read.'),
} as const satisfies Record<string, ErrorRow>

export type ErrorCode = keyof typeof errorRegistry
