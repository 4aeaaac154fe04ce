import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

export interface SourceFile {
  /** From the root of the project, e.g. `src/core/ids.ts`. */
  readonly path: string
  readonly text: string
  /** Paths of the project's own files that it imports, also by `import()` and `import type`. */
  readonly imports: readonly string[]
}

/** The sources of the product; tests are not among them. */
export function productFiles(): SourceFile[] {
  return globSync('src/**/*.{ts,tsx}', { cwd: root })
    .filter((path) => !/\.test\.tsx?$|^src\/web\/testing\//.test(path))
    .sort()
    .map(readSource)
}

function readSource(path: string): SourceFile {
  const text = readFileSync(join(root, path), 'utf8')
  const found = withoutComments(text).matchAll(/(?:\bfrom|\bimport|\bimport\s*\()\s*'(\.{1,2}\/[^']+)'/g)
  const imports = [...found].map((match) => normalize(join(dirname(path), match[1] ?? '')))
  return { path, text, imports }
}

/** Comments replaced by blanks, so that what they say is not taken for code. Lines stay where they are. */
export function withoutComments(text: string): string {
  const blank = (comment: string) => comment.replace(/[^\n]/g, ' ')
  return text.replace(/\/\*[\s\S]*?\*\//g, blank).replace(/(^|\s)\/\/.*$/gm, blank)
}
