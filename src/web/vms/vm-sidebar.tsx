import { CloseButton, Text, TextInput } from '@mantine/core'
import { useHotkeys } from '@mantine/hooks'
import { IconSearch, IconTag } from '@tabler/icons-react'
import { type KeyboardEvent, useMemo, useRef, useState } from 'react'
import type { VmRow } from '../../contract/vm.ts'
import { nameKey } from '../../vm/name.ts'
import { isPageCovered } from '../actions/page-keys.ts'
import { useSelection } from '../app/selection.tsx'
import { count } from '../ui/format.ts'
import { tagCounts } from './filter.ts'
import { HostSummary } from './host-summary.tsx'
import { nameSort, sorted } from './sort.ts'
import { useFilteredRows } from './use-shown-rows.ts'
import { VmNav } from './vm-nav.tsx'
import classes from './vm-sidebar.module.css'

/** The host, and what narrows the list of its VMs. */
export function VmSidebar() {
  const { all, rows } = useFilteredRows()
  const byName = useMemo(() => sorted(rows, nameSort, () => null), [rows])
  return (
    <div className={classes.sidebar}>
      <SearchField />
      <HostSummary rows={all} />
      <VmNav rows={byName} />
      <TagList rows={all} />
    </div>
  )
}

function SearchField() {
  const { text, setText } = useSelection()
  const field = useRef<HTMLInputElement>(null)
  useHotkeys([
    [
      '/',
      () => {
        if (isPageCovered()) return
        field.current?.focus()
        field.current?.select()
      },
    ],
  ])
  return (
    <search className={classes.search}>
      <TextInput
        ref={field}
        size="xs"
        aria-label="Search virtual machines by name or tag"
        aria-keyshortcuts="/"
        placeholder="Search, or web*"
        title="Part of a name or tag, or a pattern: web*, db0?, db0[1-3]"
        leftSection={<IconSearch size={14} />}
        rightSection={
          text !== '' && (
            <CloseButton
              size="xs"
              aria-label="Clear the search"
              onClick={() => {
                setText('')
                field.current?.focus()
              }}
            />
          )
        }
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') setText('')
          if (event.key !== 'ArrowDown' && event.key !== 'Enter') return
          event.preventDefault()
          document.querySelector<HTMLElement>('main [role="grid"]')?.focus()
        }}
        autoComplete="off"
        spellCheck={false}
      />
    </search>
  )
}

function TagList({ rows }: { rows: readonly VmRow[] }) {
  const { tag, selectTag } = useSelection()
  const counts = useMemo(() => tagCounts(rows), [rows])
  const [stop, setStop] = useState(0)
  const chosenKey = tag === null ? null : nameKey(tag)
  if (counts.length === 0 && tag === null) return null
  const isKnown = counts.some((each) => nameKey(each.tag) === chosenKey)
  const shown = tag === null || isKnown ? counts : [{ tag, count: 0 }, ...counts]
  return (
    <nav aria-labelledby="vm-tags" className={classes.tags}>
      <h2 id="vm-tags" className={classes.heading}>
        Tags
      </h2>
      <ul className={classes.list} onKeyDown={walkTags}>
        {shown.map(({ tag: each, count: vms }, index) => {
          const isChosen = nameKey(each) === chosenKey
          return (
            <li key={each}>
              <button
                type="button"
                className={classes.tag}
                aria-pressed={isChosen}
                title={each}
                // one stop for Tab, however many there are
                tabIndex={index === Math.min(stop, shown.length - 1) ? 0 : -1}
                onFocus={() => setStop(index)}
                onClick={() => selectTag(isChosen ? null : each)}
              >
                <IconTag size={14} aria-hidden />
                <span className={classes.cut}>{each}</span>{' '}
                <Text span size="xs" className={classes.count}>
                  {count(vms)}
                </Text>
              </button>
            </li>
          )
        })}
      </ul>
    </nav>
  )
}

/** Arrow keys, Home and End go from one to the next. */
function walkTags(event: KeyboardEvent<HTMLElement>): void {
  const tags = [...event.currentTarget.querySelectorAll('button')]
  const at = tags.findIndex((each) => each.matches(':focus'))
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: tags.length - 1 }[event.key]
  if (next === undefined) return
  event.preventDefault()
  tags[next]?.focus()
}
