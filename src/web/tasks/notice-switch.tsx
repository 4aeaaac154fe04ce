export function NoticeSwitch() {
  return null
}
