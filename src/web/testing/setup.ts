import { cleanup, configure } from '@testing-library/react'
import { afterEach } from 'vitest'

/** What jsdom has not and Mantine asks for. */
window.matchMedia ??= (query: string) =>
  Object.assign(new EventTarget(), {
    matches: false,
    media: query,
    onchange: null,
    addListener() {},
    removeListener() {},
  }) as MediaQueryList // an event target that never changes
window.ResizeObserver ??= class {
  observe() {}
  unobserve() {}
  disconnect() {}
}
Object.defineProperty(document, 'fonts', { value: new EventTarget() }) // asked by fields that grow
Element.prototype.scrollIntoView ??= () => {}

configure({ asyncUtilTimeout: 10_000 }) // of a machine that is busy with others
afterEach(cleanup)
