/** The part of noVNC 1.7 that is used here (its docs/API.md); the package has no types of its own. */
declare module '@novnc/novnc' {
  interface Events {
    connect: CustomEvent<Record<string, never>>
    disconnect: CustomEvent<{ clean: boolean }>
    securityfailure: CustomEvent<{ status: number; reason?: string }>
  }

  export default class RFB extends EventTarget {
    /** Puts its element into `target` and connects. */
    constructor(target: HTMLElement, url: string)
    scaleViewport: boolean
    /** Draws a dot where the guest shows no pointer of its own. */
    showDotCursor: boolean
    /** Any CSS background, for what is around the picture. */
    background: string
    focus(options?: FocusOptions): void
    disconnect(): void
    sendCtrlAltDel(): void
    /** `keysym` as in X11, `code` as in KeyboardEvent; without `down` the key is pressed and let go. */
    sendKey(keysym: number, code: string, down?: boolean): void
    addEventListener<Type extends keyof Events>(type: Type, listener: (event: Events[Type]) => void): void
  }
}
