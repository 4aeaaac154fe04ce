import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { createFakeServices } from '../../../test/fixtures/fake-services.ts'
import { vmView } from '../../../test/fixtures/views.ts'
import { type Answer, visit } from '../../../test/fixtures/visitor.ts'
import { createHttpServer, type HttpServer } from './server.ts'

const folder = mkdtempSync(join(tmpdir(), 'stillpoint-console-'))
const consoleFolder = join(folder, 'web')
const services = createFakeServices()
const script = 'export const stillpoint = 1\n'
const page =
  '<html><meta name="csp-nonce" content="__CSP_NONCE__"><style nonce="__CSP_NONCE__"></style></html>'
const html = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
const token = 'a-secret'
const bearer = { authorization: `Bearer ${token}` }
let server: HttpServer
let port: number

before(async () => {
  for (let number = 0; number < 100; number++) {
    services.vms.push(vmView({ id: `${number}`, name: `vm${number}` }))
  }
  server = createHttpServer({ services, token, consoleFolder })
  const socketPath = join(folder, 's')
  port = (await server.listen({ socketPath, tcp: { host: '127.0.0.1', port: 0 } })).tcp?.port ?? 0
})

after(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

const get = (path: string, headers: Record<string, string> = {}) => visit(port, { path, headers })

function build(): void {
  mkdirSync(join(consoleFolder, 'assets'), { recursive: true })
  writeFileSync(join(consoleFolder, 'index.html'), page)
  writeFileSync(join(consoleFolder, 'favicon.svg'), '<svg/>')
  writeFileSync(join(consoleFolder, 'assets/index-Ab12.js'), script)
  writeFileSync(join(consoleFolder, 'assets/index-Ab12.js.gz'), gzipSync(script))
  writeFileSync(join(consoleFolder, 'assets/.hidden'), 'hidden')
  writeFileSync(join(folder, 'token'), token)
}

test('before the console is built the page says how that is done', async () => {
  const answer = await get('/', html)
  assert.equal(answer.status, 503)
  assert.match(answer.headers['content-type'] ?? '', /^text\/html/)
  assert.match(answer.text, /npm run setup/)
  build()
  assert.equal((await get('/', html)).status, 200)
})

test('every address that a browser opens is the page, with a nonce that is never the same twice', async () => {
  const nonces = new Set<string>()
  for (const path of ['/', '/login', '/vms/0123', '/vms/web.01', '/index.html', '/assets', '/?next=/vms']) {
    const answer = await get(path, { ...html, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' })
    assert.equal(answer.status, 200, path)
    assert.equal(answer.headers['cache-control'], 'no-store')
    const nonce = /style-src 'self' 'nonce-([\w-]{22})'/.exec(policyOf(answer))?.[1] ?? ''
    assert.equal(answer.text, page.replaceAll('__CSP_NONCE__', nonce))
    nonces.add(nonce)
  }
  assert.equal(nonces.size, 7)
})

test('files are served to anyone, and kept by browsers where their names say their content', async () => {
  const asset = await get('/assets/index-Ab12.js')
  assert.deepEqual([asset.status, asset.text], [200, script])
  assert.match(asset.headers['content-type'] ?? '', /^(text|application)\/javascript/)
  assert.equal(asset.headers['cache-control'], 'public, max-age=31536000, immutable')
  const compressed = await get('/assets/index-Ab12.js', { 'accept-encoding': 'gzip, br' })
  assert.equal(compressed.headers['content-encoding'], 'gzip')
  assert.match(String(compressed.headers.vary), /accept-encoding/i)
  assert.match(compressed.headers['content-type'] ?? '', /^(text|application)\/javascript/)
  const icon = await get('/favicon.svg', html)
  assert.deepEqual([icon.status, icon.text], [200, '<svg/>'])
  assert.ok(!String(icon.headers['cache-control']).includes('immutable'))
})

test('a file that is not there is no page for a script, and neither is what is under /api', async () => {
  for (const path of ['/assets/index-Old1.js', '/nothing.js', '/assets/.hidden']) {
    const answer = await get(path)
    assert.deepEqual([answer.status, answer.code], [404, 'route_not_found'], path)
  }
  assert.equal((await get('/assets/index-Old1.js', html)).status, 404)
  for (const path of ['/api', '/api/v1/nothing', '/api/v1', '/api/']) {
    const answer = await get(path, { ...html, ...bearer })
    assert.deepEqual([answer.status, answer.code], [404, 'route_not_found'], path)
  }
  assert.equal((await visit(port, { path: '/', method: 'POST', headers: bearer })).status, 404)
})

test('no address leads out of the folder', async () => {
  symlinkSync('/etc', join(folder, 'etc'))
  const ways = [
    ...['/../token', '/assets/../../token', '/assets/../../../../../../etc/passwd', '/..', '/assets/..'],
    ...['/%2e%2e/token', '/assets/%2e%2e/%2e%2e/token', '/assets/..%2f..%2ftoken', '/%2e%2e%2ftoken'],
    ...['/..%5ctoken', '/assets/..\\..\\token', '/%252e%252e/token', '/assets/%c0%ae%c0%ae/token'],
    ...['//etc/passwd', '//token', '/./../token', `/${folder}/token`, `/assets/${folder}/token`],
    ...[
      '/token%00.js',
      '/assets/%00',
      '/assets/index-Ab12.js%00',
      '/%',
      '/%zz',
      '/assets/%ff',
      '/etc/passwd',
    ],
  ]
  for (const path of ways) {
    for (const headers of [{}, html]) {
      const answer = await get(path, headers)
      assert.ok(!answer.text.includes(token) && !answer.text.includes('root:'), path)
      assert.ok(answer.status >= 400 || answer.text.includes('csp-nonce'), `${path}: ${answer.status}`)
      assert.ok(answer.status < 500, `${path}: ${answer.status}`)
    }
  }
})

test('every kind of answer keeps foreign scripts, frames and guesses of types out', async () => {
  const kinds: Record<string, Promise<Answer>> = {
    page: get('/', html),
    asset: get('/assets/index-Ab12.js'),
    'a file that was not changed': get('/assets/index-Ab12.js', { 'if-none-match': '*' }),
    json: get('/api/v1/vms', bearer),
    'a refusal': get('/api/v1/vms'),
    'a foreign host': get('/', { host: 'evil.example' }),
    'no such file': get('/assets/nothing'),
    'a malformed address': get('/%zz'),
    'a malformed body': visit(port, { path: '/api/v1/session', method: 'POST', body: [] }),
    'no such method': visit(port, { path: '/', method: 'DELETE', headers: bearer }),
  }
  for (const [kind, pending] of Object.entries(kinds)) {
    const answer = await pending
    const policy = policyOf(answer)
    assert.match(policy, /^default-src 'none'; script-src 'self'; /, kind)
    assert.match(policy, /frame-ancestors 'none'; base-uri 'none'$/, kind)
    assert.ok(!policy.includes('unsafe'), kind)
    assert.equal(answer.headers['x-content-type-options'], 'nosniff', kind)
    assert.equal(answer.headers['x-frame-options'], 'DENY', kind)
    assert.equal(answer.headers['referrer-policy'], 'no-referrer', kind)
    assert.equal(answer.headers['cross-origin-opener-policy'], 'same-origin', kind)
    assert.equal(answer.headers['cross-origin-resource-policy'], 'same-origin', kind)
    assert.equal(answer.headers['access-control-allow-origin'], undefined, kind)
  }
  for (const kind of ['json', 'a refusal']) {
    assert.equal((await kinds[kind])?.headers['cache-control'], 'no-store', kind)
  }
})

test('a long answer in JSON is compressed, a short one is not', async () => {
  const accepting = { ...bearer, 'accept-encoding': 'gzip, br' }
  assert.equal((await get('/api/v1/vms', accepting)).headers['content-encoding'], 'gzip')
  assert.equal((await get('/api/v1/vms', bearer)).headers['content-encoding'], undefined)
  assert.equal((await get('/api/v1/health', accepting)).headers['content-encoding'], undefined)
})

function policyOf({ headers }: Answer): string {
  return String(headers['content-security-policy'])
}
