export function TasksButton() {
  return null
}
