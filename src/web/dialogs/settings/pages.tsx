import { Tabs } from '@mantine/core'
import { type ComponentType, useEffect, useRef, useState } from 'react'
import { CheckpointsPage } from './checkpoints-page.tsx'
import { useSettings } from './context.ts'
import { DisksPage } from './disks-page.tsx'
import { GeneralPage } from './general-page.tsx'
import { GuardsPage } from './guards-page.tsx'
import { HardwarePage } from './hardware-page.tsx'
import { LimitsPage } from './limits-page.tsx'
import classes from './settings.module.css'
import { changesOf, type Key } from './values.ts'

interface Page {
  readonly title: string
  readonly Content: ComponentType
  readonly keys: readonly Key[]
  readonly isOfOne?: boolean
}

export const pages: readonly Page[] = [
  {
    title: 'Checkpoints',
    Content: CheckpointsPage,
    keys: [
      ...(['checkpointPolicy', 'automaticCheckpoints', 'freezeBudgetMs'] as const),
      ...(['undoHours', 'syncClockAfterApply', 'checkpointLocation'] as const),
    ],
  },
  {
    title: 'Limits',
    Content: LimitsPage,
    keys: [
      ...(['maxCheckpoints', 'maxCheckpointBytes', 'maxCheckpointAgeDays'] as const),
      ...(['mergeBandwidthMiBps', 'mergeQuietHours'] as const),
    ],
  },
  { title: 'Guards', Content: GuardsPage, keys: ['guards'] },
  {
    title: 'Hardware',
    Content: HardwarePage,
    keys: ['memoryMiB', 'memoryBacking', 'cpus', 'network', 'display', 'generationDevice'],
    isOfOne: true,
  },
  { title: 'Disks', Content: DisksPage, keys: [], isOfOne: true },
  { title: 'General', Content: GeneralPage, keys: ['name', 'tags', 'addTags', 'removeTags'] },
]

/** The list of pages at the left, and the one that is open. */
export function Pages() {
  const { vm, original, draft, problems } = useSettings()
  const [open, setOpen] = useState('Checkpoints')
  const current = useRef<HTMLButtonElement>(null)
  // What was read after the dialog was opened gets the focus that the dialog had no better place for.
  useEffect(() => current.current?.focus(), [])
  const changed = changesOf(original, draft)
  const shown = pages.filter(({ isOfOne }) => vm !== null || !isOfOne)
  return (
    <Tabs
      orientation="vertical"
      variant="pills"
      keepMounted={false}
      value={open}
      onChange={(title) => title && setOpen(title)}
      classNames={{
        root: classes.tabs ?? '',
        list: classes.list ?? '',
        tab: classes.tab ?? '',
        tabLabel: classes.tabLabel ?? '',
        panel: classes.panel ?? '',
      }}
    >
      <Tabs.List aria-label="Pages of settings">
        {shown.map(({ title, keys }) => (
          <Tabs.Tab
            key={title}
            value={title}
            ref={title === open ? current : null}
            data-autofocus={title === open || undefined}
            rightSection={
              <Mark
                isWrong={keys.some((key) => key in problems)}
                isChanged={keys.some((key) => key in changed)}
              />
            }
          >
            {title}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {shown.map(({ title, Content }) => (
        <Tabs.Panel key={title} value={title}>
          <Content />
        </Tabs.Panel>
      ))}
    </Tabs>
  )
}

function Mark({ isWrong, isChanged }: { isWrong: boolean; isChanged: boolean }) {
  if (!isWrong && !isChanged) return null
  const words = isWrong ? 'something is to be corrected' : 'changed'
  return (
    <span role="img" aria-label={words} title={words} className={isWrong ? classes.wrong : classes.changed} />
  )
}
