const isMac = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.platform)

const words: Readonly<Record<string, string>> = {
  mod: isMac ? '⌘' : 'Ctrl',
  ctrl: 'Ctrl',
  shift: isMac ? '⇧' : 'Shift',
  alt: isMac ? '⌥' : 'Alt',
  delete: 'Del',
}

/** `mod+Enter` as it is written beside an action: `Ctrl+Enter`. */
export function hotkeyText(hotkey: string): string {
  return hotkey
    .split('+')
    .map((key) => words[key.toLowerCase()] ?? (key.length === 1 ? key.toUpperCase() : key))
    .join('+')
}
