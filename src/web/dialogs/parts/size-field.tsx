import { TextInput, type TextInputProps } from '@mantine/core'
import { useState } from 'react'
import { bytesOfText, type SizeUnit, textOfBytes } from './size.ts'

interface Props extends Omit<TextInputProps, 'value' | 'onChange' | 'defaultValue'> {
  /** NaN: what is written is no size. */
  readonly sizeBytes: number | null
  /** What a number alone counts in. */
  readonly unit: SizeUnit
  onSize(sizeBytes: number): void
}

/** A size as text: `20 GiB`. What a bare number means is shown while it is written. */
export function SizeField({ sizeBytes, unit, onSize, ...props }: Props) {
  const shown = sizeBytes === null || Number.isNaN(sizeBytes) ? '' : textOfBytes(sizeBytes)
  const [text, setText] = useState(shown)
  const written = bytesOfText(text, unit)
  // The value was changed elsewhere: as it was before, say.
  const isOther = !Object.is(written, sizeBytes ?? Number.NaN)
  const value = isOther ? shown : text
  const isBare = /^\s*\d+(\.\d+)?\s*$/.test(value)
  return (
    <TextInput
      w={150}
      autoComplete="off"
      spellCheck={false}
      {...props}
      value={value}
      onChange={(event) => {
        setText(event.currentTarget.value)
        onSize(bytesOfText(event.currentTarget.value, unit))
      }}
      onBlur={() => {
        if (!Number.isNaN(written)) setText(textOfBytes(written))
      }}
      rightSection={isBare ? unit : null}
      rightSectionWidth={42}
      rightSectionPointerEvents="none"
    />
  )
}
