import { Alert, Group, Modal } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useFocusReturn } from '../../ui/use-focus-return.ts'
import classes from './confirm-dialog.module.css'
import frame from './form-dialog.module.css'
import { useFocusKept } from './use-focus-kept.ts'

interface ConfirmDialogProps {
  /** A question. */
  readonly title: string
  /** The daemon is being asked: the dialog stays until it has answered. */
  readonly isBusy: boolean
  /** What it said last, or why what is shown could not be read. */
  readonly error: Error | null
  /** From left to right. There is no other way out but Escape: no cross. */
  readonly buttons: ReactNode
  /** Apart from the buttons, at the left. */
  readonly aside?: ReactNode
  readonly children: ReactNode
  onClose(): void
}

/** Says what will happen, and has it chosen. A refusal is shown above the buttons and closes nothing. */
export function ConfirmDialog({ title, isBusy, error, onClose, ...props }: ConfirmDialogProps) {
  useFocusReturn()
  const keepFocus = useFocusKept(isBusy)
  return (
    <Modal.Root
      opened
      onClose={() => isBusy || onClose()}
      size={560}
      returnFocus={false}
      transitionProps={{ duration: 0 }}
      centered
      classNames={{ content: frame.content ?? '' }}
    >
      <Modal.Overlay />
      <Modal.Content aria-busy={isBusy} onFocus={keepFocus}>
        <Modal.Header className={frame.header}>
          <Modal.Title className={classes.title}>{title}</Modal.Title>
        </Modal.Header>
        <div className={`${frame.body} ${classes.body}`}>{props.children}</div>
        {error && (
          <Alert
            role="alert"
            color="red"
            className={frame.error}
            icon={<IconAlertTriangle size={18} />}
            py="xs"
          >
            {error.message}
          </Alert>
        )}
        <Group className={frame.footer} justify="flex-end" gap="xs">
          <div className={frame.hint}>{props.aside}</div>
          {props.buttons}
        </Group>
      </Modal.Content>
    </Modal.Root>
  )
}
