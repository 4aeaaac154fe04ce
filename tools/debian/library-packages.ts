import type { Apt, DebianPackage } from './apt.ts'

/**
 * The `lib*` packages that `packages` need, directly or through one another, without those for which
 * `skip` is true. Other dependencies (init scripts, configuration tools) do not matter to programs that
 * are run from a folder.
 */
export async function libraryPackages(
  apt: Apt,
  packages: readonly DebianPackage[],
  skip: (name: string) => boolean,
): Promise<readonly DebianPackage[]> {
  const found = new Map<string, DebianPackage>()
  let next = packages
  while (next.length > 0) {
    const wanted = new Set(next.flatMap((each) => each.depends))
    const names = [...wanted].filter((name) => /^lib/.test(name) && !found.has(name) && !skip(name))
    next = names.length > 0 ? await apt.show(names) : []
    for (const each of next) found.set(each.name, each)
  }
  return [...found.values()]
}
