import { List } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import type { ImportResult } from '../../../contract/transfer.ts'

/** What to know of a VM that was imported; warnings stay until they are dismissed. */
export function showImported({ vm, checkpoint, warnings }: ImportResult): void {
  const said = `It is off, and hangs under its checkpoint "${checkpoint.name}".`
  notifications.show({
    title: `Imported ${vm.name}`,
    message:
      warnings.length === 0 ? (
        said
      ) : (
        <>
          {said}
          <List size="sm" mt={4}>
            {warnings.map((warning) => (
              <List.Item key={warning}>{warning}</List.Item>
            ))}
          </List>
        </>
      ),
    color: warnings.length === 0 ? 'teal' : 'orange',
    autoClose: warnings.length === 0 ? 8000 : false,
  })
}
