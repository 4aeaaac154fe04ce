export function VmGrid() {
  return <section aria-label="Virtual machines" />
}
