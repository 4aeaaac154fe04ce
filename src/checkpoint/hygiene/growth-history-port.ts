/** What something occupied at a time: a volume, or a VM's files on it. */
export interface GrowthSample {
  /** Made up by the writer; short. */
  readonly subject: string
  /** ms since 1970. */
  readonly atMs: number
  readonly bytes: number
  /** The first of its hour, which is kept for long. */
  readonly hourly: boolean
}

/** Keeps what was measured, over restarts. Errors: `inventory_damaged`, `disk_full`, `io_error`. */
export interface GrowthHistory {
  append(samples: readonly GrowthSample[]): void
  /** Oldest first; of all subjects, or of one. */
  since(atMs: number, subject?: string): GrowthSample[]
  /** Forgets what is older than `allBefore`, and of what is older than `othersBefore` all but the hourly ones. */
  prune(before: { readonly allBefore: number; readonly othersBefore: number }): void
}
