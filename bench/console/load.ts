import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { BrowserTab } from '../../test/fixtures/browser.ts'
import type { BenchCase } from '../harness/definition.ts'
import type { Sheet } from '../harness/sheet.ts'
import type { Workshop } from '../harness/workshop.ts'
import { ask, OpenConsole } from './console-page.ts'
import { many } from './many.ts'

const few = 20
const assets = join(import.meta.dirname, '../../dist/web/assets')

/** A browser that was never here before opens the console. */
export const load: BenchCase = {
  name: 'load',
  title: 'open the console with nothing in the cache',
  targets: [
    {
      metric: 'over the wire',
      params: { vms: few },
      text: 'under 300 kB',
      isReached: (sheet) => sheet.median('over the wire', { vms: few }) < 300_000,
    },
  ],
  run,
  peers: {},
}

async function run(workshop: Workshop, sheet: Sheet): Promise<void> {
  for (const vms of [few, many(workshop)]) {
    const console = await OpenConsole.with(workshop, vms)
    for (let index = 0; index < workshop.runs; index++) {
      const tab = await console.tab()
      const wire = await wireOf(tab)
      await tab.page.goto(console.url)
      sheet.add('until the list is seen', 'ms', { vms }, await ask(tab, 'listShown()'))
      sheet.add('until it answers', 'ms', { vms }, await ask(tab, 'interactive()'))
      await tab.page.waitForTimeout(500) // whatever is fetched for later counts too
      sheet.add('over the wire', 'bytes', { vms }, wire.bytes)
      sheet.add('of that, data', 'bytes', { vms }, wire.dataBytes)
      await tab.close()
    }
  }
  sheet.add('screen viewer, when it is opened', 'bytes', {}, compressedBytes(/^viewer-.*\.js\.br$/))
}

/** What comes from the network as Chromium counts it: compressed, with headers. */
async function wireOf({ context, page }: BrowserTab) {
  const session = await context.newCDPSession(page)
  const wire = { bytes: 0, dataBytes: 0 }
  const dataRequests = new Set<string>()
  session.on('Network.requestWillBeSent', ({ requestId, request }) => {
    if (request.url.includes('/api/')) dataRequests.add(requestId)
  })
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    wire.bytes += encodedDataLength
    if (dataRequests.has(requestId)) wire.dataBytes += encodedDataLength
  })
  await session.send('Network.enable')
  return wire
}

function compressedBytes(name: RegExp): number {
  const files = readdirSync(assets).filter((file) => name.test(file))
  if (files.length !== 1) throw new Error(`${files.length} files of the console match ${name}`)
  return statSync(join(assets, files[0] ?? '')).size
}
