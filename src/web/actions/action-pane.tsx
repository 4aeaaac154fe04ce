export function ActionPane() {
  return <aside aria-label="Actions" />
}
