import { Menu } from '@mantine/core'
import { setShowsInfo, showsInfo } from './info-setting.ts'
import { usePageStore } from './page-store.ts'

/** An entry of the menu of this browser. */
export function NoticeSwitch() {
  const shows = usePageStore(showsInfo)
  return (
    <Menu.CheckboxItem checked={shows} onChange={setShowsInfo} title="Warnings and errors are always shown">
      Notices that only inform
    </Menu.CheckboxItem>
  )
}
