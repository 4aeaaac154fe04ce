import { notifications } from '@mantine/notifications'

/** A key was pressed for something that cannot be done now: the reason, which a greyed-out entry would have told. */
export function showRefusal(label: string, reason: string): void {
  notifications.show({ title: `${label.replace('…', '')} is not possible`, message: reason, color: 'gray' })
}
