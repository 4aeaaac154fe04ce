import { VisuallyHidden } from '@mantine/core'
import { useFullscreenDocument } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { lazy, Suspense, useCallback, useEffect, useRef, useState } from 'react'
import type { VmView } from '../../contract/vm.ts'
import { isApiError } from '../api/http.ts'
import { queries } from '../api/queries.ts'
import { wayOut } from './keyboard-way-out.ts'
import { StandsStill } from './picture-notes.tsx'
import { BrokenNote, GoneNote, NoDisplayNote, OffNote } from './place-notes.tsx'
import type { Link, ScreenConnection } from './screen-connection.ts'
import classes from './screen-page.module.css'
import { screenStateOf } from './screen-state.ts'
import { Toolbar } from './toolbar.tsx'

/** noVNC is loaded here and nowhere else. */
const Viewer = lazy(() => import('./viewer.tsx'))

export function ScreenPage() {
  const { vmId = '' } = useParams({ strict: false })
  return <ScreenOf key={vmId} vmId={vmId} />
}

export function ScreenOf({ vmId }: { vmId: string }) {
  const { data: vm, error, refetch } = useQuery(queries.vm(vmId))
  // What was known last is good enough while the daemon does not answer; the picture has its own connection.
  if (error && (!vm || isApiError(error, 'vm_not_found')))
    return <GoneNote error={error} onRetry={() => void refetch()} />
  return vm ? <Screen vm={vm} /> : <main className={classes.screen} aria-busy="true" />
}

function Screen({ vm }: { vm: VmView }) {
  const state = screenStateOf(vm)
  const [connection, setConnection] = useState<ScreenConnection | null>(null)
  const [link, setLink] = useState<Link>('connecting')
  const [isScaled, setIsScaled] = useState(true)
  const [hasKeys, setHasKeys] = useState(false)
  const { fullscreen, toggle } = useFullscreenDocument()
  const toolbar = useRef<HTMLDivElement>(null)
  const leave = useCallback(() => toolbar.current?.querySelector('button')?.focus(), [])
  const isShown = state.kind === 'picture'

  useEffect(() => {
    const before = document.title
    document.title = `${vm.name} – Stillpoint`
    return () => {
      document.title = before
    }
  }, [vm.name])

  return (
    <main
      className={classes.screen}
      data-fullscreen={fullscreen || undefined}
      aria-label={`Screen of ${vm.name}`}
    >
      <Toolbar
        ref={toolbar}
        vm={vm}
        connection={isShown && link === 'connected' ? connection : null}
        onReconnect={isShown ? () => connection?.reconnect() : null}
        hasKeys={hasKeys}
        isScaled={isScaled}
        onScaled={setIsScaled}
        isFullscreen={fullscreen}
        onFullscreen={() => void toggle()}
      />
      <VisuallyHidden role="status">{announcement(vm.name, state, link)}</VisuallyHidden>
      {state.kind === 'broken' && <BrokenNote reason={state.reason} />}
      {state.kind === 'no-display' && <NoDisplayNote vm={vm} />}
      {state.kind === 'off' && <OffNote vm={vm} />}
      {state.kind === 'picture' && (
        <>
          {state.standsStill && <StandsStill vm={vm} because={state.standsStill} />}
          <Suspense>
            <Viewer
              vm={vm}
              isScaled={isScaled}
              link={link}
              onConnection={setConnection}
              onLink={setLink}
              onKeys={setHasKeys}
              onLeave={leave}
            />
          </Suspense>
        </>
      )}
    </main>
  )
}

/** What a screen reader hears when it changes. */
function announcement(name: string, state: ReturnType<typeof screenStateOf>, link: Link): string {
  switch (state.kind) {
    case 'broken':
      return `${name} is broken.`
    case 'no-display':
      return `${name} has no display.`
    case 'off':
      return `${name} is off.`
    case 'picture':
      if (link === 'lost') return 'The connection to the screen is lost. It is tried again.'
      if (link === 'connecting') return 'Connecting to the screen.'
      if (state.standsStill === 'paused') return `${name} is paused.`
      if (state.standsStill === 'stuck') return `The guest of ${name} has stopped on an error.`
      return `Connected. Keys go to ${name} while its screen has the focus; ${wayOut.label} leads back to the toolbar.`
  }
}
