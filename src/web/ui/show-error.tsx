import { notifications } from '@mantine/notifications'
import { IconAlertTriangle } from '@tabler/icons-react'

/** An error that belongs to no form. It stays until it is dismissed. */
export function showError(error: Error, title = 'This could not be done'): void {
  notifications.show({
    title,
    message: error.message,
    color: 'red',
    icon: <IconAlertTriangle size={18} />,
    autoClose: false,
    role: 'alert',
  })
}
