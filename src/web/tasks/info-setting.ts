import { createPageStore } from './page-store.ts'

/** Of this browser: the daemon knows of no users. */
const key = 'stillpoint.info-notices'

/** Whether notices that only inform pop up. Warnings and errors always do. */
export const showsInfo = createPageStore<boolean>(readSetting())

export function setShowsInfo(shows: boolean): void {
  showsInfo.set(() => shows)
  try {
    localStorage.setItem(key, shows ? 'on' : 'off')
  } catch {
    // A browser that keeps nothing: the choice holds for this page.
  }
}

function readSetting(): boolean {
  try {
    return localStorage.getItem(key) !== 'off'
  } catch {
    return true
  }
}
