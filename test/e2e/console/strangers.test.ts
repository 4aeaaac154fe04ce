import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type BrowserTab, TestBrowser } from '../../fixtures/browser.ts'
import { consoleOf, logIn, startDaemonWithConsole } from '../../fixtures/console.ts'
import type { TestDaemon } from '../../fixtures/daemon.ts'

/** A name, or a note, that would do something if it were taken for markup or script. */
const markup = `<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>"'\${7*7}{{7*7}}`

/** What pages of other sites try is in `other-sites.test.ts`. */
describe('The console keeps strangers out, and takes nothing for markup', () => {
  let daemon: TestDaemon
  let browser: TestBrowser
  let tab: BrowserTab
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
    browser = await TestBrowser.launch()
    tab = await browser.open()
    await logIn(tab, daemon)
  })
  after(async () => {
    await browser?.[Symbol.asyncDispose]()
    await daemon?.[Symbol.asyncDispose]()
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
