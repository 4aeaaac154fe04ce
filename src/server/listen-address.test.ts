import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chooseAddress, namesIn, urlsOf } from './listen-address.ts'

test('the option wins over the environment, and both over the default', () => {
  const byDefault = { address: { host: '127.0.0.1', port: 7330 }, isAsked: false }
  assert.deepEqual(chooseAddress(undefined, undefined), byDefault)
  assert.deepEqual(chooseAddress(undefined, ''), byDefault)
  const asked = (host: string, port: number) => ({ address: { host, port }, isAsked: true })
  assert.deepEqual(chooseAddress(undefined, 'box.example:80'), asked('box.example', 80))
  assert.deepEqual(chooseAddress('[::1]:0', '127.0.0.1:80'), asked('::1', 0))
  assert.deepEqual(chooseAddress('none', '127.0.0.1:80'), { address: null, isAsked: true })
})

test('what is no address is refused with the form that is wanted', () => {
  for (const text of ['7330', ':7330', 'localhost', '::1:7330', '127.0.0.1:65536', '127.0.0.1:x', 'NONE']) {
    assert.throws(() => chooseAddress(text, undefined), { code: 'invalid_request', message: /HOST:PORT/ })
  }
})

test('a listener on all addresses is reached by an address here, and by the name of the host elsewhere', () => {
  const urls = (host: string) => Object.values(urlsOf({ host, port: 7330 }, 'box'))
  assert.deepEqual(urls('0.0.0.0'), ['http://127.0.0.1:7330', 'http://box:7330'])
  assert.deepEqual(urls('::'), ['http://[::1]:7330', 'http://box:7330'])
  assert.deepEqual(urls('192.0.2.7'), ['http://192.0.2.7:7330', 'http://192.0.2.7:7330'])
  for (const [host, url] of [
    ['127.0.0.1', 'http://127.0.0.1:7330'],
    ['::1', 'http://[::1]:7330'],
    ['localhost', 'http://localhost:7330'],
  ] as const)
    assert.deepEqual(urls(host), [url, null])
})

test('names of the host are given with commas between them', () => {
  assert.deepEqual(namesIn('a.example, b.example,'), ['a.example', 'b.example'])
  assert.deepEqual([namesIn(''), namesIn(undefined)], [[], []])
})
