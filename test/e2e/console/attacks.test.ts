import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { type BrowserTab, TestBrowser } from '../../fixtures/browser.ts'
import { consoleOf, logIn, startDaemonWithConsole } from '../../fixtures/console.ts'
import type { TestDaemon } from '../../fixtures/daemon.ts'

/** A name, or a note, that would do something if it were taken for markup or script. */
const markup = `<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>"'\${7*7}{{7*7}}`

/**
 * In a real browser that is logged in. The pages of the attacker are of the same host with another port: a browser
 * takes them for the same site and sends cookies along, so that only the daemon itself can tell them apart.
 */
describe('The console under attack', () => {
  let daemon: TestDaemon
  let browser: TestBrowser
  let tab: BrowserTab
  let attacker: Server
  let attackerUrl: string
  let url: string

  before(async () => {
    daemon = await startDaemonWithConsole()
    url = (await consoleOf(daemon)).url
    await daemon.done(
      daemon.client.createVm({
        name: markup,
        tags: ['<b>bold</b>'],
        network: 'none',
        disks: [{ source: 'empty', sizeBytes: 1024 * 1024 }],
      }),
    )
    await daemon.done(daemon.client.createCheckpoint(markup, { name: markup, notes: markup }))
    attacker = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html').end('<!doctype html><title>Free kittens</title>')
    })
    await new Promise<void>((resolve) => attacker.listen(0, '127.0.0.1', resolve))
    attackerUrl = `http://127.0.0.1:${(attacker.address() as AddressInfo).port}/` // of a TCP server
    browser = await TestBrowser.launch()
    tab = await browser.open()
    await logIn(tab, daemon)
  })
  after(async () => {
    await browser?.[Symbol.asyncDispose]()
    attacker?.close()
    await daemon?.[Symbol.asyncDispose]()
  })

  /** Runs in a page of the attacker, in the browser whose user is logged in to the console. */
  async function fromOtherSite<Result>(attack: (url: string) => Promise<Result>): Promise<Result> {
    const page = await tab.context.newPage()
    try {
      await page.goto(attackerUrl)
      return await page.evaluate(attack, url)
    } finally {
      await page.close()
    }
  }

  const tasks = async () => (await daemon.client.listTasks({ limit: 100 })).length

  it('a page of another site starts nothing', async () => {
    const before = await tasks()
    const [{ id } = assert.fail()] = await daemon.client.listVms()
    await fromOtherSite(async (target) => {
      const paths = ['/api/v1/vms', '/api/v1/session']
      for (const path of paths) {
        const body = JSON.stringify({ name: 'pwned', network: 'none' })
        for (const type of ['text/plain', 'application/json', 'application/x-www-form-urlencoded']) {
          const init = { method: 'POST', body, headers: { 'content-type': type } } as const
          await fetch(`${target}${path}`, { ...init, credentials: 'include' }).catch(() => {})
          await fetch(`${target}${path}`, { ...init, credentials: 'include', mode: 'no-cors' }).catch(
            () => {},
          )
        }
        navigator.sendBeacon(`${target}${path}`, body)
      }
    })
    const page = await tab.context.newPage()
    await page.goto(attackerUrl)
    await page.setContent(
      `<form method=post action="${url}/api/v1/vms/${id}/start"><button>Kittens</button></form>`,
    )
    await page.click('button')
    await page.waitForLoadState()
    assert.match(await page.content(), /another site/)
    await page.close()
    assert.equal(await tasks(), before)
    assert.deepEqual(
      (await daemon.client.listVms()).map(({ name, state }) => [name, state]),
      [[markup, 'off']],
    )
  })

  it('a page of another site reads nothing', async () => {
    const read = await fromOtherSite(async (target) => {
      const results: string[] = []
      for (const path of ['/api/v1/vms', '/api/v1/session', '/api/v1/health', '/']) {
        const answer = await fetch(`${target}${path}`, { credentials: 'include' }).then(
          (response) => response.text(),
          () => null,
        )
        if (answer !== null) results.push(`fetch ${path}`)
      }
      const events = await new Promise<string>((resolve) => {
        const source = new EventSource(`${target}/api/v1/events`, { withCredentials: true })
        source.onopen = () => resolve('open')
        source.onerror = () => resolve('refused')
      })
      if (events === 'open') results.push('events')
      const script = await new Promise<string>((resolve) => {
        const element = document.createElement('script')
        element.src = `${target}/api/v1/vms`
        element.onload = () => resolve('loaded')
        element.onerror = () => resolve('refused')
        document.head.append(element)
      })
      if (script === 'loaded') results.push('script')
      return results
    })
    assert.deepEqual(read, [])
  })

  it("a page of another site does not get at a VM's screen", async () => {
    const [{ id } = assert.fail()] = await daemon.client.listVms()
    const page = await tab.context.newPage()
    await page.goto(attackerUrl)
    const outcome = await page.evaluate(
      (address) =>
        new Promise<string>((resolve) => {
          const socket = new WebSocket(address)
          socket.onopen = () => resolve('open')
          socket.onclose = () => resolve('refused')
        }),
      `${url.replace('http', 'ws')}/api/v1/vms/${id}/screen`,
    )
    await page.close()
    assert.equal(outcome, 'refused')
  })

  it('the console is shown in no frame of another page, and gives it no handle', async () => {
    const page = await tab.context.newPage()
    await page.goto(attackerUrl)
    await page.setContent(`<iframe src="${url}/"></iframe>`)
    await page.waitForTimeout(500)
    const [, frame] = page.frames()
    assert.equal(await frame?.locator('#root').count(), 0)
    const isReachable = await page.evaluate(async (target) => {
      const opened = window.open(`${target}/`)
      await new Promise((resolve) => setTimeout(resolve, 1000))
      return opened !== null && !opened.closed
    }, url)
    assert.equal(isReachable, false)
    await page.close()
  })

  it('without a login there is nothing to see, and a wrong token is refused in words', async () => {
    const stranger = await browser.open()
    await stranger.page.goto(`${url}/?vm=x`)
    await stranger.page.getByLabel('Token').fill('guess')
    await stranger.page.getByRole('button', { name: 'Log in' }).click()
    assert.match((await stranger.page.getByRole('alert').textContent()) ?? '', /token/i)
    assert.match(stranger.page.url(), /\/login/)
    const status = await stranger.page.evaluate(async () => (await fetch('/api/v1/vms')).status)
    assert.equal(status, 401)
    await stranger.close()
  })

  it('the token is not left in the address or the history', async () => {
    assert.doesNotMatch(tab.page.url(), /token|login|#/)
    const [cookie] = await tab.context.cookies()
    assert.ok(cookie?.httpOnly)
    assert.equal(cookie.sameSite, 'Strict')
    assert.equal(await tab.page.evaluate(() => document.cookie), '')
    await tab.page.goBack().catch(() => {})
    assert.doesNotMatch(tab.page.url(), /token/)
    await tab.page.goto(`${url}/`)
  })

  it('names, tags and notes with markup are shown as text', async () => {
    const { page } = tab
    await page.getByRole('grid').getByText(markup).click()
    await page.getByRole('tree').getByText(markup).first().click()
    await page.getByText('<b>bold</b>').first().waitFor()
    assert.equal(await page.evaluate(() => 'pwned' in window), false)
    assert.equal(await page.locator('img[src="x"]').count(), 0)
  })

  it('a script that got into the page all the same is not run', async () => {
    const blocked = await tab.page.evaluate(async () => {
      const violation = new Promise<string>((resolve) => {
        document.addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective))
        setTimeout(() => resolve('nothing was blocked'), 2000)
      })
      const element = document.createElement('div')
      element.innerHTML = '<img src="/none.png" onerror="window.pwned=1">'
      document.body.append(element)
      return await violation
    })
    assert.match(blocked, /^script-src/)
    assert.equal(await tab.page.evaluate(() => 'pwned' in window), false)
  })
})
