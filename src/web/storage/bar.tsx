import classes from './table.module.css'

const parts = [classes.part1, classes.part2, classes.part3]

interface BarProps {
  /** In the order of the legend, three at most. */
  readonly values: readonly number[]
  /** What a whole bar stands for. */
  readonly whole: number
  /** Without the track that shows what is left. */
  readonly isOpen?: boolean
}

/** Sizes side by side. The numbers stand beside it, so it is not read out. */
export function Bar({ values, whole, isOpen = false }: BarProps) {
  return (
    <div className={`${classes.bar} ${isOpen ? classes.open : ''}`} aria-hidden>
      {values.map((value, index) => {
        const percent = whole > 0 ? (100 * value) / whole : 0
        return percent > 0 ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: the order is what they are
          <div key={index} className={parts[index]} style={{ width: `${percent}%`, minWidth: 2 }} />
        ) : null
      })}
    </div>
  )
}

/** `words` as the values of the bars; an empty one is left out. */
export function Legend({ words, free }: { words: readonly string[]; free?: string }) {
  return (
    <div className={classes.legend} aria-hidden>
      {words.map((word, index) =>
        word === '' ? null : (
          <span key={word} className={classes.key}>
            <i className={parts[index]} />
            {word}
          </span>
        ),
      )}
      {free && (
        <span className={classes.key}>
          <i className={classes.free} />
          {free}
        </span>
      )}
    </div>
  )
}
