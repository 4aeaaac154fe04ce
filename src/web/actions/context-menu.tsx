import { Menu, Tooltip } from '@mantine/core'
import {
  Fragment,
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
  type Ref,
  useCallback,
  useEffect,
  useId,
  useRef,
  useState,
} from 'react'
import type { Action, ActionGroup } from './action.ts'
import classes from './context-menu.module.css'
import { hotkeyText } from './hotkey-text.ts'

export interface ContextMenu {
  /** To be rendered, beside the element that opens it rather than in it. */
  readonly menu: ReactNode
  /** Opens it at the pointer. */
  onContextMenu(event: MouseEvent): void
  /** Opens it by the context-menu key and Shift+F10 under `anchor`, the chosen row. True: the key was one of these. */
  onKeyDown(event: KeyboardEvent, anchor?: Element | null): boolean
}

interface Place {
  readonly x: number
  readonly y: number
}

/**
 * The actions of `groups` as a menu where the pointer is. What is under the pointer is chosen by the caller first, as
 * the groups are those of what is chosen. Closes on Escape, a click elsewhere and scrolling; focus goes back.
 */
export function useContextMenu(groups: readonly ActionGroup[], label = 'Actions'): ContextMenu {
  const [place, setPlace] = useState<Place | null>(null)
  const cameFrom = useRef<Element | null>(null)

  const open = useCallback((next: Place) => {
    if (document.activeElement !== document.body) cameFrom.current = document.activeElement
    setPlace(next)
  }, [])
  const close = useCallback(() => {
    setPlace(null)
    if (cameFrom.current instanceof HTMLElement) cameFrom.current.focus({ preventScroll: true })
  }, [])

  const isOpen = place !== null
  useEffect(() => {
    if (!isOpen) return
    const onScroll = ({ target }: Event) => {
      const isOfMenu = target instanceof Element && target.closest('[role="menu"]')
      if (!isOfMenu) close()
    }
    const events = ['scroll', 'resize', 'blur'] as const
    // A row that is chosen as the menu opens is scrolled into view first, which is told with the next frame.
    let frame = requestAnimationFrame(() => {
      frame = requestAnimationFrame(() => {
        for (const event of events) window.addEventListener(event, onScroll, event === 'scroll')
      })
    })
    return () => {
      cancelAnimationFrame(frame)
      for (const event of events) window.removeEventListener(event, onScroll, event === 'scroll')
    }
  }, [isOpen, close])

  return {
    menu: (
      <Menu
        key={place && `${place.x},${place.y}`}
        opened={isOpen}
        onClose={close}
        returnFocus={false}
        trapFocus={false} // it would show the reason of a first entry that is refused
        withInitialFocusPlaceholder={false} // a menu may hold nothing but entries
        clickOutsideEvents={['mousedown', 'touchstart']} // not the key that opens it
        position="bottom-start"
        offset={0}
        transitionProps={{ duration: 0 }}
        width="max-content"
        loop
      >
        <Menu.Target>
          <Anchor x={place?.x ?? 0} y={place?.y ?? 0} />
        </Menu.Target>
        <Menu.Dropdown
          ref={focusOnce}
          aria-label={label}
          className={classes.menu}
          onContextMenu={(event) => event.preventDefault()}
          onKeyDown={(event) => {
            if (event.key !== 'Tab') return
            event.preventDefault()
            close()
          }}
        >
          {groups.map((group, index) => (
            <Fragment key={group.title}>
              {index > 0 && <Menu.Divider />}
              {groups.length > 1 && <Menu.Label className={classes.title}>{group.title}</Menu.Label>}
              {group.actions.map((action) => (
                <Entry key={action.id} action={action} onClose={close} />
              ))}
            </Fragment>
          ))}
        </Menu.Dropdown>
      </Menu>
    ),
    onContextMenu(event) {
      event.preventDefault()
      open({ x: event.clientX, y: event.clientY })
    },
    onKeyDown(event, anchor) {
      if (event.key !== 'ContextMenu' && !(event.shiftKey && event.key === 'F10')) return false
      event.preventDefault()
      const { left, bottom } = (anchor ?? event.currentTarget).getBoundingClientRect()
      open({ x: left + 24, y: bottom })
      return true
    },
  }
}

/** Where the menu is. It is nothing that could be expanded, so what the menu says of its target is left out. */
function Anchor({ x, y, ref }: Place & { ref?: Ref<HTMLDivElement> }) {
  return <div ref={ref} className={classes.place} style={{ left: x, top: y }} />
}

/** One that is refused can be reached, and says why. */
function Entry({ action, onClose }: { action: Action; onClose(): void }) {
  const reasonId = useId()
  const { label, icon: Icon, hotkey, isDangerous = false, refusal } = action
  const isRefused = refusal !== null
  const item = (
    <Menu.Item
      className={classes.entry}
      leftSection={<Icon size={16} />}
      rightSection={hotkey && <span className={classes.hotkey} data-keys={hotkeyText(hotkey)} />}
      aria-disabled={isRefused || undefined}
      aria-describedby={isRefused ? reasonId : undefined}
      data-dangerous={isDangerous || undefined}
      closeMenuOnClick={false}
      onClick={() => {
        if (isRefused) return
        onClose() // first, so that a dialog gives the focus back to where the menu was opened
        action.run()
      }}
    >
      {label}
      {isRefused && (
        <span id={reasonId} hidden>
          {refusal}
        </span>
      )}
    </Menu.Item>
  )
  if (!isRefused) return item
  return (
    <Tooltip
      label={refusal}
      position="right"
      multiline
      maw={280}
      events={{ hover: true, focus: true, touch: true }}
    >
      {item}
    </Tooltip>
  )
}

/** The menu has the keys as soon as it is there. */
function focusOnce(menu: HTMLElement | null): void {
  menu?.focus({ preventScroll: true })
}
