import { Anchor, Button, Code, Group, Stack, Text, VisuallyHidden } from '@mantine/core'
import { notifications, notificationsStore } from '@mantine/notifications'
import { IconAlertTriangle, IconCircleCheck, IconCircleX, IconInfoCircle } from '@tabler/icons-react'
import { drawer, openDrawer } from './drawer-state.ts'
import type { Undoable } from './notice-log.ts'
import { pageLinks } from './page-links.ts'
import classes from './toast.module.css'

export type ToastLevel = 'success' | 'info' | 'warning' | 'error'

export interface Toast {
  readonly level: ToastLevel
  readonly title: string
  readonly message: string
  /** Of the VM that it is about, to which the title leads. */
  readonly vmId?: string | null
  /** The code of an error, in small print. */
  readonly code?: string | undefined
  /** The task whose details can be opened. */
  readonly taskId?: string
  /** What can be brought back. */
  readonly undo?: Undoable | null
}

/** More would cover what the page is for; the others are counted, and are in the drawer. */
const mostAtOnce = 3
const overflowId = 'more-notices'

const looks = {
  success: { word: 'Done', color: 'teal', icon: IconCircleCheck, autoClose: 4000, role: 'status' },
  info: { word: 'Notice', color: 'gray', icon: IconInfoCircle, autoClose: 8000, role: 'status' },
  warning: { word: 'Warning', color: 'orange', icon: IconAlertTriangle, autoClose: 30_000, role: 'alert' },
  error: { word: 'Error', color: 'red', icon: IconCircleX, autoClose: false, role: 'alert' },
} as const

/** Pops up over the page: what went well goes by itself soon, an error stays until it is dismissed. */
export function showToast(toast: Toast): void {
  const shown = notificationsStore.getState().notifications
  if (shown.filter(({ id }) => id !== overflowId).length >= mostAtOnce) {
    showOverflow(toast.level)
    return
  }
  const { word, color, icon: Icon, autoClose, role } = looks[toast.level]
  const id = notifications.show({
    title: <ToastTitle toast={toast} word={word} />,
    message: <ToastBody toast={toast} onDone={() => notifications.hide(id)} />,
    color,
    icon: <Icon size={18} />,
    autoClose: toast.undo ? 20_000 : autoClose,
    role,
    withBorder: true,
    className: classes.toast,
    closeButtonProps: { 'aria-label': 'Dismiss' },
  })
}

/** One line for all that found no place; what only says that it went well needs none. */
function showOverflow(level: ToastLevel): void {
  if (level === 'success' || (drawer.get().isOpen && drawer.get().tab === 'notices')) return
  const old = notificationsStore.getState().notifications.find(({ id }) => id === overflowId)
  const count = Number(old?.['data-count'] ?? 0) + 1
  const data = {
    id: overflowId,
    'data-count': count,
    title: `${count} more ${count === 1 ? 'notice' : 'notices'}`,
    message: (
      <Anchor
        component="button"
        size="sm"
        onClick={() => {
          openDrawer('notices')
          notifications.hide(overflowId)
        }}
      >
        Show all notices
      </Anchor>
    ),
    color: 'gray',
    autoClose: false,
    role: 'status',
    withBorder: true,
    className: classes.toast,
    closeButtonProps: { 'aria-label': 'Dismiss' },
  }
  if (old) notifications.update(data)
  else notifications.show(data)
}

function ToastTitle({ toast: { title, vmId }, word }: { toast: Toast; word: string }) {
  const open = pageLinks.openVm
  return (
    <span className={classes.words}>
      <VisuallyHidden>{word}: </VisuallyHidden>
      {vmId && open ? (
        <Anchor component="button" className={classes.link} onClick={() => open(vmId)}>
          {title}
        </Anchor>
      ) : (
        title
      )}
    </span>
  )
}

function ToastBody({ toast, onDone }: { toast: Toast; onDone: () => void }) {
  const { message, code, taskId, undo, vmId } = toast
  const openUndo = pageLinks.undo
  const showDetails = (id: string) => {
    openDrawer('tasks', id)
    onDone()
  }
  return (
    <Stack gap={6} component="span">
      <Text component="span" size="sm" className={classes.words}>
        {message}
      </Text>
      {(code || taskId || undo) && (
        <Group gap="xs" component="span">
          {undo && vmId && openUndo && (
            <Button
              size="compact-sm"
              variant="default"
              onClick={() => {
                openUndo(vmId, undo.stateId)
                onDone()
              }}
            >
              Undo…
            </Button>
          )}
          {taskId && (
            <Button size="compact-sm" variant="default" onClick={() => showDetails(taskId)}>
              Details
            </Button>
          )}
          {code && (
            <Code className={classes.code} title="Code of the error">
              {code}
            </Code>
          )}
        </Group>
      )}
    </Stack>
  )
}
