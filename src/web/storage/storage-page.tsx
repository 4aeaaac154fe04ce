export function StoragePage() {
  return <main />
}
