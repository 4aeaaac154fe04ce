import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttp, type Server as HttpPage } from 'node:http'
import { type AddressInfo, createServer as createDisplay, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import { createHttpServer, type HttpServer } from '../../src/server/http/server.ts'
import { type BrowserTab, TestBrowser } from '../fixtures/browser.ts'
import { createFakeServices } from '../fixtures/fake-services.ts'
import { vmView } from '../fixtures/views.ts'

const token = 'a-secret'

/** What the page of the console does when it is loaded, and what somebody may have got into it. */
const page = `<!doctype html><meta name="csp-nonce" content="__CSP_NONCE__">
<style nonce="__CSP_NONCE__">p { color: rgb(1, 2, 3) }</style>
<style>p { background-color: rgb(4, 5, 6) }</style>
<p onclick="document.title = 'a handler ran'">text</p>
<script>document.title = 'a script in the page ran'</script>
<script type="module" src="/assets/index.js"></script>`
const script = 'document.title ||= "the console"'

/** In a real browser that is logged in: what the console does works, and what another site tries does not. */
describe('A browser that is logged in', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sp-sites-'))
  const services = createFakeServices()
  let server: HttpServer
  let display: Server
  let attacker: HttpPage
  let browser: TestBrowser
  let tab: BrowserTab
  let own: string
  let attackerPort: number
  let displays = 0

  before(async () => {
    const consoleFolder = join(folder, 'web')
    mkdirSync(join(consoleFolder, 'assets'), { recursive: true })
    writeFileSync(join(consoleFolder, 'index.html'), page)
    writeFileSync(join(consoleFolder, 'assets/index.js'), script)
    const vncSocket = join(folder, 'v')
    display = createDisplay((socket) => {
      displays++
      socket.on('error', () => {}) // the browser went
      socket.end('RFB 003.008\n')
    }).listen(vncSocket)
    services.vms.push(vmView({ id: 'aaaa', name: 'web01', state: 'running', vncSocket }))
    server = createHttpServer({ services, token, consoleFolder })
    const { tcp } = await server.listen({
      socketPath: join(folder, 's'),
      tcp: { host: '127.0.0.1', port: 0 },
    })
    own = `http://127.0.0.1:${tcp?.port}`
    attacker = createHttp((_request, response) => {
      response.setHeader('content-type', 'text/html')
      response.end(`<title>another site</title><a href="${own}/vms/aaaa">a link</a>`)
    }).listen(0, '127.0.0.1')
    await once(attacker, 'listening')
    attackerPort = (attacker.address() as AddressInfo).port // of a TCP server, always
    browser = await TestBrowser.launch()
  })

  beforeEach(async () => {
    await tab?.close()
    tab = await browser.open()
    displays = 0
    await tab.page.goto(own)
    const status = await run(`
      const headers = { 'content-type': 'application/json' }
      const body = JSON.stringify({ token: '${token}' })
      return (await fetch('/api/v1/session', { method: 'POST', headers, body })).status`)
    assert.equal(status, 200)
  })

  after(async () => {
    await browser?.[Symbol.asyncDispose]()
    attacker?.close()
    display?.close()
    await server?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  /** A script of whatever page is open, as the body of a function. */
  const run = (body: string): Promise<unknown> => tab.page.evaluate(`(async () => {${body}})()`)

  it('can do from the console what the console does', async () => {
    const seen = await run(`
      const status = async (path, method = 'GET') => (await fetch('/api/v1' + path, { method })).status
      const greeting = new Promise((resolve) => {
        const socket = new WebSocket('ws://' + location.host + '/api/v1/vms/web01/screen')
        socket.binaryType = 'arraybuffer'
        socket.onmessage = ({ data }) => resolve(new TextDecoder().decode(data))
        socket.onerror = () => resolve('refused')
      })
      const events = new Promise((resolve) => {
        const source = new EventSource('/api/v1/events')
        source.onopen = () => resolve('open')
        source.onerror = () => resolve('refused')
      })
      return {
        reads: await status('/vms'),
        works: await status('/vms/web01/pause', 'POST'),
        screen: await greeting,
        events: await events,
        cookieForScripts: document.cookie,
        leaves: await status('/session', 'DELETE'),
        afterwards: await status('/session'),
      }`)
    assert.deepEqual(seen, {
      reads: 200,
      works: 202,
      screen: 'RFB 003.008\n',
      events: 'open',
      cookieForScripts: '',
      leaves: 204,
      afterwards: 401,
    })
    await services.tasks.drain({ abort: false })
  })

  it('runs nothing in the page of the console but its own files', async () => {
    await tab.page.click('p')
    const seen = await run(`
      const element = document.createElement('div')
      element.innerHTML = '<img src="data:," onerror="document.title = 1">'
      document.body.append(element)
      const { color, backgroundColor } = getComputedStyle(document.querySelector('p'))
      const outside = await fetch('http://127.0.0.1:1/').catch(() => 'forbidden')
      await new Promise((resolve) => setTimeout(resolve, 100))
      return { title: document.title, color, backgroundColor, outside }`)
    assert.deepEqual(seen, {
      title: 'the console',
      color: 'rgb(1, 2, 3)',
      backgroundColor: 'rgba(0, 0, 0, 0)',
      outside: 'forbidden',
    })
    for (const kind of ['inline style', 'inline script', 'inline event handler', 'Connecting to']) {
      assert.ok(
        tab.errors.some((text) => text.includes(kind)),
        `${kind}: ${tab.errors.join('\n')}`,
      )
    }
  })

  // Another port is the same site, and gets even `SameSite=Strict` cookies; another name is another site.
  for (const host of ['127.0.0.1', 'localhost']) {
    it(`is of no use to a page at another port of ${host}`, async () => {
      const before = services.tasks.list().length
      await tab.page.goto(`http://${host}:${attackerPort}/`)
      const { screen, ...texts } = (await run(`
        const target = '${own}'
        const credentials = 'include'
        const text = (path, options) =>
          fetch(target + '/api/v1/vms' + path, { credentials, ...options })
            .then((answer) => answer.text())
            .catch(() => '')
        const opened = new Promise((resolve) => {
          const socket = new WebSocket(target.replace('http', 'ws') + '/api/v1/vms/web01/screen')
          socket.onopen = () => resolve('open')
          socket.onerror = () => resolve('refused')
        })
        const frames = ['form', 'page'].map((name) => {
          const frame = document.createElement('iframe')
          frame.name = name
          document.body.append(frame)
          return frame
        })
        const form = document.createElement('form')
        Object.assign(form, { method: 'post', enctype: 'text/plain', target: 'form' })
        form.action = target + '/api/v1/vms/web01/stop'
        document.body.append(form)
        form.submit()
        frames[1].src = target
        await Promise.all(frames.map((frame) => new Promise((resolve) => { frame.onload = resolve })))
        return {
          list: await text('', {}),
          blind: await text('', { mode: 'no-cors' }),
          start: await text('/web01/start', { mode: 'no-cors', method: 'POST' }),
          remove: await text('/web01?confirm=true', { method: 'DELETE' }),
          screen: await opened,
        }`)) as Record<string, string> // as written above
      assert.deepEqual(texts, { list: '', blind: '', start: '', remove: '' })
      assert.equal(screen, 'refused')
      assert.equal(displays, 0)
      assert.equal(services.tasks.list().length, before)
      assert.deepEqual(
        services.vms.map(({ name, state }) => [name, state]),
        [['web01', 'paused']],
      )
      const frames = await Promise.all(tab.page.frames().map((frame) => frame.title()))
      assert.ok(!frames.includes('the console'), 'the console is shown in no frame')

      await tab.page.click('a')
      await tab.page.waitForFunction('document.title === "the console"')
      assert.equal(
        await run("return (await fetch('/api/v1/session')).status"),
        200,
        'a link leads to the console, and the browser is still logged in',
      )
    })
  }
})
