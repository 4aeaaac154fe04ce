import { Outlet } from '@tanstack/react-router'
import { useEffect } from 'react'
import { whenUnauthorized } from '../api/http.ts'
import { DialogHost } from '../dialogs/dialog-host.tsx'
import { Header } from './header.tsx'
import { LiveProvider } from './live-provider.tsx'
import classes from './shell.module.css'

/** What surrounds every page behind the login. */
export function Shell() {
  useEffect(
    () => whenUnauthorized(() => location.assign(`/login?next=${encodeURIComponent(location.href)}`)),
    [],
  )
  return (
    <LiveProvider>
      <DialogHost>
        <div className={classes.shell}>
          <Header />
          <div className={classes.page}>
            <Outlet />
          </div>
        </div>
      </DialogHost>
    </LiveProvider>
  )
}
