import { IsRestoringProvider, useQueryClient } from '@tanstack/react-query'
import { createContext, type PropsWithChildren, useContext, useEffect, useState } from 'react'
import { followEvents } from '../api/live.ts'
import { showNotice } from '../tasks/notices.tsx'
import { taskEnded } from '../tasks/task-ended.tsx'

export type Connection = 'connecting' | 'open' | 'lost'
const Context = createContext<Connection>('connecting')

/** Events that a proxy holds back must not keep the page from showing what there is. */
const patienceMs = 2000

/**
 * Follows the daemon's events as long as it is shown. What is shown is read when they flow, not before: what was read
 * earlier would have to be read again.
 */
export function LiveProvider({ children }: PropsWithChildren) {
  const client = useQueryClient()
  const [connection, setConnection] = useState<Connection>('connecting')
  const [isPatient, setIsPatient] = useState(true)
  useEffect(
    () => followEvents({ client, onConnection: setConnection, onNotice: showNotice, onTask: taskEnded }),
    [client],
  )
  useEffect(() => {
    const timer = setTimeout(() => setIsPatient(false), patienceMs)
    return () => clearTimeout(timer)
  }, [])
  return (
    <IsRestoringProvider value={connection === 'connecting' && isPatient}>
      <Context value={connection}>{children}</Context>
    </IsRestoringProvider>
  )
}

export function useConnection(): Connection {
  return useContext(Context)
}
