import { useMemo, useState } from 'react'
import { useSelection } from '../app/selection.tsx'
import { count } from '../ui/format.ts'
import { nameSort, sorted } from './sort.ts'
import { useFilteredRows, useKeptSelection } from './use-shown-rows.ts'
import { useUsage } from './use-usage.ts'
import classes from './vm-grid.module.css'
import { EmptyList, ListError, LoadingList, NothingFound } from './vm-grid-empty.tsx'
import { VmList } from './vm-list.tsx'

/** The list of VMs, above their checkpoints. */
export function VmGrid() {
  const { all, rows: unsorted, error, isPending, refetch } = useFilteredRows()
  const { vmIds } = useSelection()
  const [sort, setSort] = useState(nameSort)
  /** The VMs on screen that run: the usage of others is not asked for. */
  const [visible, setVisible] = useState<readonly string[]>([])
  const running = useMemo(() => {
    if (sort.key !== 'cpu') return visible
    return unsorted.filter(({ state }) => state === 'running').map(({ id }) => id)
  }, [sort.key, visible, unsorted])
  const cpuOf = useUsage(running)
  const order = sort.key === 'cpu' ? cpuOf : null // new figures move no row otherwise
  const rows = useMemo(() => sorted(unsorted, sort, order ?? noCpu), [unsorted, sort, order])
  useKeptSelection(all, rows)

  return (
    <section aria-label="Virtual machines" className={classes.pane}>
      <div className={classes.bar}>
        <h1 className={classes.title}>Virtual machines</h1>
        <span className={classes.count} role="status">
          {countText(rows.length, all.length)}
          {vmIds.size > 1 && `, ${count(vmIds.size)} chosen`}
        </span>
      </div>
      {all.length === 0 ? (
        error ? (
          <ListError error={error} onRetry={() => void refetch()} />
        ) : isPending ? (
          <LoadingList />
        ) : (
          <EmptyList />
        )
      ) : rows.length === 0 ? (
        <NothingFound />
      ) : (
        <VmList rows={rows} sort={sort} onSort={setSort} cpuOf={cpuOf} onVisible={setVisible} />
      )}
    </section>
  )
}

const noCpu = () => null

function countText(shown: number, all: number): string {
  if (all === 0) return ''
  return shown === all ? count(all) : `${count(shown)} of ${count(all)}`
}
