export function VmSidebar() {
  return <nav aria-label="Hosts" />
}
