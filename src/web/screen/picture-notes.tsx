import { Button } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import type { VmView } from '../../contract/vm.ts'
import { part } from '../api/http.ts'
import { startTask } from '../tasks/run-task.ts'
import classes from './picture-notes.module.css'

/** Above a picture that does not move: why, and the way on. */
export function StandsStill({ vm, because }: { vm: VmView; because: 'paused' | 'stuck' }) {
  const { mutate, error, isPending } = useMutation({
    mutationFn: () => startTask(`/vms/${part(vm.id)}/resume`),
  })
  return (
    <div className={classes.note} data-because={because}>
      <span>
        {because === 'paused'
          ? 'Paused. The picture stands still; what you type waits for the guest.'
          : 'The guest has stopped on an error. The picture is the last that it made.'}
      </span>
      {error && <span role="alert">{error.message}</span>}
      <Button
        size="compact-sm"
        variant="default"
        loading={isPending}
        disabled={vm.refusals.resume !== undefined || vm.status !== null}
        onClick={() => mutate()}
      >
        Resume
      </Button>
    </div>
  )
}
