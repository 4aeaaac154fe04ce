import { Button, Group, Popover, Text, Textarea } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { keystrokesOf } from './keystrokes.ts'
import type { ScreenConnection } from './screen-connection.ts'
import { typeText } from './type-text.ts'

/** So much is typed in about a minute. */
const maxCharacters = 2000

/** Text for guests that share no clipboard: it is typed, key by key. */
export function TypeTextButton({ connection }: { connection: ScreenConnection | null }) {
  const [isOpen, setIsOpen] = useState(false)
  const [text, setText] = useState('')
  const [typed, setTyped] = useState<number | null>(null)
  const typing = useRef<AbortController>(null)
  const { strokes, untypable } = keystrokesOf(text)
  const isTyping = typed !== null

  const stop = () => typing.current?.abort()
  useEffect(() => () => typing.current?.abort(), [])
  useEffect(() => {
    // What is left would go nowhere; the text stays, to be typed again.
    if (!connection) typing.current?.abort()
  }, [connection])

  const start = async () => {
    const rfb = connection?.rfb
    if (!rfb || strokes.length === 0) return
    typing.current = new AbortController()
    setTyped(0)
    await typeText(rfb, strokes, setTyped, typing.current.signal)
    setTyped(null)
    if (typing.current.signal.aborted) return
    setText('')
    setIsOpen(false)
    rfb.focus()
  }

  return (
    <Popover
      opened={isOpen}
      onChange={setIsOpen}
      onClose={stop}
      position="bottom-end"
      width={360}
      trapFocus
      returnFocus
      shadow="md"
    >
      <Popover.Target>
        <Button
          variant="subtle"
          color="gray"
          size="compact-sm"
          disabled={!connection}
          onClick={() => setIsOpen((before) => !before)}
        >
          Type text
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Type text into the guest">
        <Textarea
          data-autofocus
          label="Text to type"
          description="Typed key by key, as on a US keyboard. Each end of a line presses Enter."
          rows={5}
          maxLength={maxCharacters}
          spellCheck={false}
          value={text}
          readOnly={isTyping}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Group justify="space-between" wrap="nowrap" mt="sm">
          <Text size="xs" c="dimmed" role="status">
            {isTyping && `${typed} of ${strokes.length}`}
            {!isTyping &&
              untypable.length > 0 &&
              `On no key, so left out: ${untypable.slice(0, 10).join(' ')}`}
          </Text>
          {isTyping ? (
            <Button size="compact-sm" variant="default" onClick={stop}>
              Stop
            </Button>
          ) : (
            <Button
              size="compact-sm"
              disabled={!connection || strokes.length === 0}
              onClick={() => void start()}
            >
              Type
            </Button>
          )}
        </Group>
      </Popover.Dropdown>
    </Popover>
  )
}
