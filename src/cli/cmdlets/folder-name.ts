/** A name as that of a folder: what a path would take for something else is replaced. */
export function folderName(name: string): string {
  return name.replaceAll('/', '_').replace(/^\.+$/, (dots) => '_'.repeat(dots.length))
}
