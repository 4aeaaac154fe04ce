import classes from './table.module.css'

/** One hue for what is told of, grey for the rest. */
export type Tone = 'strong' | 'light' | 'grey'

interface BarProps {
  readonly parts: readonly { readonly tone: Tone; readonly value: number }[]
  /** What a whole bar stands for. */
  readonly whole: number
  /** Without the track that shows what is left. */
  readonly isOpen?: boolean
}

/** Sizes side by side. The numbers stand beside it, so it is not read out. */
export function Bar({ parts, whole, isOpen = false }: BarProps) {
  return (
    <div className={`${classes.bar} ${isOpen ? classes.open : ''}`} aria-hidden>
      {parts.map(({ tone, value }) => {
        const percent = whole > 0 ? (100 * value) / whole : 0
        return percent > 0 ? (
          <div key={tone} className={classes[tone]} style={{ width: `${percent}%`, minWidth: 2 }} />
        ) : null
      })}
    </div>
  )
}

export function Legend({ words, free }: { words: Partial<Record<Tone, string>>; free?: string }) {
  return (
    <div className={classes.legend} aria-hidden>
      {Object.entries(words).map(([tone, word]) => (
        <span key={tone} className={classes.key}>
          <i className={classes[tone]} />
          {word}
        </span>
      ))}
      {free && (
        <span className={classes.key}>
          <i className={classes.free} />
          {free}
        </span>
      )}
    </div>
  )
}
