import { Splitter } from '@mantine/core'
import { type ComponentProps, type ReactNode, useState } from 'react'
import { keepPaneSizes, type PaneSizes, readPaneSizes } from './pane-sizes.ts'
import classes from './split-panes.module.css'

type Pane = Omit<ComponentProps<typeof Splitter.Pane>, 'children'> & { readonly children: ReactNode }

interface Props {
  /** Under which the sizes are kept in this browser. */
  readonly name: string
  /** Of the line between them, which can be dragged, and moved by arrow keys. */
  readonly label: string
  readonly orientation?: 'horizontal' | 'vertical'
  readonly panes: readonly [Pane, Pane]
}

/** Two panes, and how they were divided last. A double click on the line between them brings the default back. */
export function SplitPanes({ name, label, orientation = 'horizontal', panes }: Props) {
  const [defaults] = useState<PaneSizes>(() => panes.map(({ defaultSize }) => defaultSize))
  const [sizes, setSizes] = useState(() => readPaneSizes(name, defaults) ?? defaults)
  const change = (next: PaneSizes) => {
    setSizes(next)
    keepPaneSizes(name, next)
  }
  const [first, second] = panes
  return (
    <Splitter
      className={classes.panes}
      classNames={{ handle: classes.handle ?? '' }}
      orientation={orientation}
      sizes={sizes}
      onSizeChange={change}
      resetOnDoubleClick={false} // it knows shares only, not pixels
      withHandle={false}
      lineSize={1}
      handleColor="var(--sp-border)"
      attributes={{ handle: { 'aria-label': label, onDoubleClick: () => change(defaults) } }}
    >
      <Splitter.Pane {...first} />
      <Splitter.Pane {...second} />
    </Splitter>
  )
}
