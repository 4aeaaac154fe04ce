import { useQueryClient } from '@tanstack/react-query'
import { createContext, type PropsWithChildren, useContext, useEffect, useState } from 'react'
import { followEvents } from '../api/live.ts'
import { showNotice } from '../tasks/notices.tsx'
import { taskEnded } from '../tasks/task-ended.tsx'

export type Connection = 'connecting' | 'open' | 'lost'
const Context = createContext<Connection>('connecting')

/** Follows the daemon's events as long as it is shown. */
export function LiveProvider({ children }: PropsWithChildren) {
  const client = useQueryClient()
  const [connection, setConnection] = useState<Connection>('connecting')
  useEffect(
    () => followEvents({ client, onConnection: setConnection, onNotice: showNotice, onTask: taskEnded }),
    [client],
  )
  return <Context value={connection}>{children}</Context>
}

export function useConnection(): Connection {
  return useContext(Context)
}
