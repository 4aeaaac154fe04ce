export function CheckpointPane() {
  return <section aria-label="Checkpoints" />
}
