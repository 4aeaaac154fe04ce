/** A key of a keyboard: what X11 calls it, and where it is as KeyboardEvent says it. */
export interface Key {
  readonly keysym: number
  readonly code: string
}

export interface Keystroke extends Key {
  readonly isShifted: boolean
}

const key = (keysym: number, code: string): Key => ({ keysym, code })

/** Those that a browser or its desktop keeps to itself, or that are hard to press at once. */
export const keys = {
  controlLeft: key(0xffe3, 'ControlLeft'),
  altLeft: key(0xffe9, 'AltLeft'),
  shiftLeft: key(0xffe1, 'ShiftLeft'),
  metaLeft: key(0xffeb, 'MetaLeft'),
  enter: key(0xff0d, 'Enter'),
  tab: key(0xff09, 'Tab'),
  escape: key(0xff1b, 'Escape'),
  backspace: key(0xff08, 'Backspace'),
  printScreen: key(0xff61, 'PrintScreen'),
  function: (number: number) => key(0xffbd + number, `F${number}`),
} as const

export interface KeyCombination {
  readonly label: string
  readonly keys: readonly Key[]
}

export const combinations: readonly KeyCombination[] = [
  { label: 'Ctrl+Alt+Backspace', keys: [keys.controlLeft, keys.altLeft, keys.backspace] },
  ...[1, 2, 7].map((number) => ({
    label: `Ctrl+Alt+F${number}`,
    keys: [keys.controlLeft, keys.altLeft, keys.function(number)],
  })),
  { label: 'Alt+Tab', keys: [keys.altLeft, keys.tab] },
  { label: 'Alt+F4', keys: [keys.altLeft, keys.function(4)] },
  { label: 'Ctrl+Escape', keys: [keys.controlLeft, keys.escape] },
  { label: 'Windows key', keys: [keys.metaLeft] },
  { label: 'Print Screen', keys: [keys.printScreen] },
]

/** The places on a US keyboard that type something else than letters: without and with Shift. */
const places: readonly (readonly [code: string, plain: string, shifted: string])[] = [
  ...[...'1234567890'].map((digit, at) => [`Digit${digit}`, digit, '!@#$%^&*()'[at] ?? ''] as const),
  ['Minus', '-', '_'],
  ['Equal', '=', '+'],
  ['BracketLeft', '[', '{'],
  ['BracketRight', ']', '}'],
  ['Backslash', '\\', '|'],
  ['Semicolon', ';', ':'],
  ['Quote', "'", '"'],
  ['Backquote', '`', '~'],
  ['Comma', ',', '<'],
  ['Period', '.', '>'],
  ['Slash', '/', '?'],
]

const strokes: ReadonlyMap<string, Keystroke> = new Map([
  ['\n', { ...keys.enter, isShifted: false }],
  ['\t', { ...keys.tab, isShifted: false }],
  [' ', stroke(' ', 'Space', false)],
  ...[...'abcdefghijklmnopqrstuvwxyz'].flatMap((letter) => {
    const upper = letter.toUpperCase()
    const code = `Key${upper}`
    return [at(letter, code, false), at(upper, code, true)]
  }),
  ...places.flatMap(([code, plain, shifted]) => [at(plain, code, false), at(shifted, code, true)]),
])

function at(character: string, code: string, isShifted: boolean): [string, Keystroke] {
  return [character, stroke(character, code, isShifted)]
}

/** X11 calls the characters of ASCII by their codes. */
function stroke(character: string, code: string, isShifted: boolean): Keystroke {
  return { keysym: character.charCodeAt(0), code, isShifted }
}

/**
 * How a text is typed on a US keyboard. A guest with another layout reads other characters, as it would from such a
 * keyboard. `untypable` are the characters that are on no key, each once.
 */
export function keystrokesOf(text: string): { readonly strokes: Keystroke[]; readonly untypable: string[] } {
  const characters = [...text.replaceAll('\r\n', '\n').replaceAll('\r', '\n')]
  const untypable = [...new Set(characters.filter((character) => !strokes.has(character)))]
  return { strokes: characters.flatMap((character) => strokes.get(character) ?? []), untypable }
}
