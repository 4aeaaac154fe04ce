import { Alert, Button, Group, Modal, type ModalProps, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { type ReactNode, useState } from 'react'
import { useFocusReturn } from '../../ui/use-focus-return.ts'
import classes from './form-dialog.module.css'
import { useFocusKept } from './use-focus-kept.ts'

interface Props {
  readonly title: string
  readonly submitLabel: string
  readonly isBusy: boolean
  /** Why it cannot be sent as it is; said beside the buttons. An empty text says nothing. Null: it can. */
  readonly incomplete?: string | null
  /** What the daemon said last. The dialog stays. */
  readonly error: ReactNode
  readonly isDangerous?: boolean
  /** What was entered would be lost: leaving asks. */
  readonly isChanged?: boolean
  /** The work goes on without the dialog. */
  readonly canLeaveBusy?: boolean
  readonly size?: ModalProps['size']
  /** As high as the window allows, with panes that scroll by themselves. */
  readonly isTall?: boolean
  /** Between Cancel and the main button. */
  readonly extraButton?: ReactNode
  readonly children: ReactNode
  onSubmit(): void
  onClose(): void
}

/** A form in a dialog: Enter sends it, Escape leaves it, a refusal is shown above the buttons and closes nothing. */
export function FormDialog(props: Props) {
  const { title, isBusy, incomplete = null, error, isChanged = false, canLeaveBusy = false } = props
  const [asksToLeave, setAsksToLeave] = useState(false)
  useFocusReturn()
  const keepFocus = useFocusKept(isBusy || asksToLeave)

  const leave = () => {
    if (asksToLeave) setAsksToLeave(false)
    else if (isBusy) canLeaveBusy && props.onClose()
    else if (isChanged) setAsksToLeave(true)
    else props.onClose()
  }
  return (
    <Modal.Root
      opened
      onClose={leave}
      size={props.size ?? 'md'}
      closeOnClickOutside={!isChanged && !isBusy}
      returnFocus={false}
      transitionProps={{ duration: 0 }}
      centered
      // on the root: a class of Modal.Content itself is also given to what centres it
      classNames={{ content: (props.isTall ? classes.tall : classes.content) ?? '' }}
    >
      <Modal.Overlay />
      <Modal.Content>
        <Modal.Header className={classes.header}>
          <Modal.Title className={classes.title} title={title}>
            {title}
          </Modal.Title>
          <Modal.CloseButton aria-label="Close" disabled={isBusy && !canLeaveBusy} />
        </Modal.Header>
        <form
          className={classes.form}
          noValidate
          aria-label={title}
          onFocus={keepFocus}
          onSubmit={(event) => {
            event.preventDefault()
            if (!isBusy && incomplete === null) props.onSubmit()
          }}
        >
          <div className={props.isTall ? classes.panes : classes.body}>{props.children}</div>
          {error && (
            <Alert
              role="alert"
              color="red"
              className={classes.error}
              icon={<IconAlertTriangle size={18} />}
              py="xs"
            >
              {error}
            </Alert>
          )}
          {asksToLeave ? (
            <Leave onStay={() => setAsksToLeave(false)} onLeave={props.onClose} />
          ) : (
            <Group className={classes.footer} justify="flex-end" gap="xs">
              <Text size="sm" c="dimmed" className={classes.hint} role="status">
                {!isBusy && incomplete}
              </Text>
              <Button variant="default" onClick={leave} disabled={isBusy && !canLeaveBusy}>
                {isBusy && canLeaveBusy ? 'Close, it goes on' : 'Cancel'}
              </Button>
              {props.extraButton}
              <Button
                type="submit"
                loading={isBusy}
                disabled={incomplete !== null}
                {...(props.isDangerous && { color: 'red' })}
              >
                {props.submitLabel}
              </Button>
            </Group>
          )}
        </form>
      </Modal.Content>
    </Modal.Root>
  )
}

function Leave({ onStay, onLeave }: { onStay(): void; onLeave(): void }) {
  return (
    <Group className={classes.footer} justify="flex-end" gap="xs" role="alert">
      <Text size="sm" className={classes.hint}>
        Your changes are not saved.
      </Text>
      <Button variant="default" onClick={onLeave}>
        Discard changes
      </Button>
      <Button autoFocus onClick={onStay}>
        Go on editing
      </Button>
    </Group>
  )
}
