/** Gives elements a size and lets them scroll, which jsdom does not: lists draw what can be seen of them. */
export function withLayout(heightPx: number): void {
  const size = (value: number) => ({ configurable: true, get: () => value })
  Object.defineProperties(HTMLElement.prototype, {
    offsetHeight: size(heightPx),
    offsetWidth: size(1200),
    clientHeight: size(heightPx),
    scrollHeight: {
      configurable: true,
      get(this: HTMLElement) {
        const inner = [...this.querySelectorAll<HTMLElement>('[style*="height"]')]
        return Math.max(heightPx, ...inner.map(({ style }) => Number.parseFloat(style.height) || 0))
      },
    },
  })
  Element.prototype.scrollTo = function (this: Element, options?: ScrollToOptions | number) {
    if (typeof options !== 'object') return
    this.scrollTop = options.top ?? 0
    this.dispatchEvent(new Event('scroll'))
  } as Element['scrollTo'] // of its two forms, the one that is used
}
