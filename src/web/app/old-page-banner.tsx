import { Alert, Button, Group } from '@mantine/core'
import { IconRefresh } from '@tabler/icons-react'
import { useEffect, useRef, useState } from 'react'
import { useConnection } from './live-provider.tsx'
import { isPageOld } from './page-age.ts'

/** After the daemon was away it may be a newer one, with a newer console. */
export function OldPageBanner() {
  const connection = useConnection()
  const wasLost = useRef(false)
  const [isOld, setIsOld] = useState(false)
  useEffect(() => {
    if (connection === 'lost') wasLost.current = true
    if (connection !== 'open' || !wasLost.current) return
    let isCurrent = true
    void isPageOld().then((answer) => {
      if (isCurrent) setIsOld(answer)
    })
    return () => {
      isCurrent = false
    }
  }, [connection])
  if (!isOld) return null
  return (
    <Alert role="status" color="blue" radius={0} py={6} icon={<IconRefresh size={18} />}>
      <Group justify="space-between" wrap="nowrap">
        The daemon has a newer console than this page. Load the page again before you go on.
        <Button size="compact-xs" variant="light" onClick={() => location.reload()}>
          Load again
        </Button>
      </Group>
    </Alert>
  )
}
