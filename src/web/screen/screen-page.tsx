export function ScreenPage() {
  return <main />
}
