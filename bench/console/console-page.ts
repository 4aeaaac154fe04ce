import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type BrowserTab, TestBrowser } from '../../test/fixtures/browser.ts'
import { TestDaemon } from '../../test/fixtures/daemon.ts'
import { makeManyVms } from '../../test/fixtures/many-vms.ts'
import type { Workshop } from '../harness/workshop.ts'
import { allInOrder } from '../system/many-vms-daemon.ts'

const probe = join(import.meta.dirname, 'page-probe.js')

/** A daemon with so many VMs that are off, and a browser. */
export class OpenConsole implements AsyncDisposable {
  readonly daemon: TestDaemon
  readonly url: string
  readonly #browser: TestBrowser
  readonly #token: string

  private constructor(daemon: TestDaemon, browser: TestBrowser, url: string, tokenFile: string) {
    this.daemon = daemon
    this.#browser = browser
    this.url = url
    this.#token = readFileSync(tokenFile, 'utf8').trim()
  }

  /** Cases that want as many VMs share one; they leave it as they found it. */
  static with(workshop: Workshop, count: number): Promise<OpenConsole> {
    return workshop.shared(`console with ${count} VMs`, async () => {
      workshop.say(`  making ${count} VMs`)
      const daemon = workshop.own(await TestDaemon.start({ STILLPOINT_LISTEN: '127.0.0.1:0' }))
      await daemon.stop()
      await makeManyVms(daemon.home, { count })
      await daemon.start()
      await allInOrder(daemon)
      const browser = workshop.own(await TestBrowser.launch())
      const { console } = await daemon.client.health()
      if (!console) throw new Error('the daemon serves no console')
      return new OpenConsole(daemon, browser, console.url, console.tokenFile)
    })
  }

  /** A tab with nothing in its cache, logged in, at no page yet. */
  async tab(): Promise<BrowserTab> {
    const tab = await this.#browser.open()
    const login = await tab.page.request.post(new URL('/api/v1/session', this.url).href, {
      data: { token: this.#token },
    })
    if (!login.ok()) throw new Error(`the login was refused: ${await login.text()}`)
    await tab.page.addInitScript({ path: probe })
    return tab
  }

  /** A tab that shows the list of VMs and has come to rest. */
  async atList(): Promise<BrowserTab> {
    const tab = await this.tab()
    await tab.page.goto(this.url)
    await ask(tab, 'interactive()')
    return tab
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser[Symbol.asyncDispose]()
    await this.daemon[Symbol.asyncDispose]()
  }
}

/** Asks what page-probe.js put into the page. Fails when the page has errors. */
export async function ask<T = number>(tab: BrowserTab, question: string): Promise<T> {
  const answer = await tab.page.evaluate<T>(`probe.${question}`)
  if (tab.errors.length > 0) throw new Error(`the page has errors: ${tab.errors.join('; ')}`)
  return answer
}
