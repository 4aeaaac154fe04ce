import { Button, Loader, Text } from '@mantine/core'
import { useEffect, useEffectEvent, useRef } from 'react'
import type { VmView } from '../../contract/vm.ts'
import { openWayOut, wayOut } from './keyboard-way-out.ts'
import { type Link, ScreenConnection } from './screen-connection.ts'
import classes from './viewer.module.css'

interface Props {
  readonly vm: VmView
  readonly isScaled: boolean
  readonly link: Link
  onConnection(connection: ScreenConnection | null): void
  onLink(link: Link): void
  /** Whether keys go to the guest. */
  onKeys(hasKeys: boolean): void
  /** The user wants to leave the screen by keyboard. */
  onLeave(): void
}

/** The picture of a running VM, with its keyboard and pointer. */
export default function Viewer({ vm, isScaled, link, onConnection, onLink, onKeys, onLeave }: Props) {
  const place = useRef<HTMLDivElement>(null)
  const current = useRef<ScreenConnection | null>(null)
  const vmId = vm.id

  const onPicture = useEffectEvent((canvas: HTMLElement, closeOld: () => void) => {
    closeOld()
    canvas.setAttribute('role', 'application')
    canvas.setAttribute('aria-roledescription', 'screen of a virtual machine')
    canvas.setAttribute('aria-label', `Screen of ${vm.name}. ${wayOut.label} leaves it.`)
    canvas.setAttribute('aria-keyshortcuts', wayOut.ariaKeyshortcuts)
    canvas.addEventListener('focus', () => onKeys(true))
    canvas.addEventListener('blur', () => onKeys(false))
    return openWayOut(canvas, onLeave)
  })
  const changed = useEffectEvent((next: Link) => {
    // Each attempt to get it back is still a lost connection to whoever looks on.
    if (next !== 'connecting' || link !== 'lost') onLink(next)
    if (next === 'connected' && document.activeElement === document.body) current.current?.rfb?.focus()
    if (next === 'lost') onKeys(false)
  })

  useEffect(() => {
    if (!place.current) return
    let closeWayOut = () => {}
    const connection = new ScreenConnection({
      target: place.current,
      vmId,
      onLink: (next) => changed(next),
      onPicture: (canvas) => {
        closeWayOut = onPicture(canvas, closeWayOut)
      },
    })
    current.current = connection
    onConnection(connection)
    return () => {
      closeWayOut()
      connection.end()
      onConnection(null)
      onLink('connecting')
      onKeys(false)
    }
  }, [vmId, onConnection, onLink, onKeys])

  useEffect(() => {
    if (current.current) current.current.isScaled = isScaled
  }, [isScaled])

  // Whatever is new of the VM may be that its process is there again: after an apply, a start, a resume.
  const news = `${vm.state} ${vm.startedAt} ${vm.status}`
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is the change that matters
  useEffect(() => current.current?.hurry(), [news])

  return (
    <div className={classes.viewer} data-link={link}>
      <div ref={place} className={classes.picture} />
      {link !== 'connected' && (
        <div className={classes.note}>
          <div className={classes.box}>
            <Loader size="xs" />
            <Text size="sm">
              {link === 'lost'
                ? 'The connection to the screen is lost. It is tried again until it is back.'
                : 'Connecting to the screen…'}
            </Text>
            {link === 'lost' && (
              <Button size="compact-sm" variant="default" onClick={() => current.current?.reconnect()}>
                Reconnect now
              </Button>
            )}
          </div>
        </div>
      )}
    </div>
  )
}
