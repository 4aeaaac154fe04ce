// biome-ignore-all lint/a11y/useSemanticElements: rows lie where they are scrolled to, which those of a table cannot
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus, and names its active row
import { IconChevronDown, IconChevronUp } from '@tabler/icons-react'
import { columns } from './columns.ts'
import { type Sort, type SortKey, sortAfterClick } from './sort.ts'
import classes from './vm-grid.module.css'

export function GridHeader({ sort, onSort }: { sort: Sort; onSort(sort: Sort): void }) {
  return (
    <div role="rowgroup" className={classes.head}>
      <div role="row" aria-rowindex={1} className={classes.row}>
        {columns.map(({ id, label, sortKey, isNumber }, index) => (
          <div
            key={id}
            role="columnheader"
            aria-colindex={index + 1}
            aria-sort={sortKey && ariaSort(sort, sortKey)}
            className={classes.cell}
            data-column={id}
            data-number={isNumber || undefined}
          >
            {sortKey ? (
              <button
                type="button"
                className={classes.sort}
                title={label}
                onClick={() => onSort(sortAfterClick(sort, sortKey))}
              >
                <span className={classes.cut}>{label}</span>
                {sort.key === sortKey &&
                  (sort.isDescending ? <IconChevronDown size={14} /> : <IconChevronUp size={14} />)}
              </button>
            ) : (
              <span className={classes.cut} title={label}>
                {label}
              </span>
            )}
          </div>
        ))}
      </div>
    </div>
  )
}

function ariaSort({ key, isDescending }: Sort, column: SortKey) {
  if (key !== column) return 'none'
  return isDescending ? 'descending' : 'ascending'
}
