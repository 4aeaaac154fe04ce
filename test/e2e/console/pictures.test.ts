import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { type BrowserTab, TestBrowser } from '../../fixtures/browser.ts'
import { logIn, startDaemonWithConsole } from '../../fixtures/console.ts'
import type { TestDaemon } from '../../fixtures/daemon.ts'
import { fillExampleHost } from '../../fixtures/example-host.ts'

interface View {
  readonly name: string
  readonly path?: string
  readonly width?: number
  /** What is done until it is seen. */
  open(page: Page): Promise<unknown>
}

const web01 = (page: Page) => page.getByRole('row', { name: /web01/ }).click()
const node = (page: Page, name: string) => page.getByRole('treeitem', { name: new RegExp(`^${name}`) })
const action = (page: Page, label: string) =>
  page.getByRole('region', { name: 'Actions' }).getByRole('button', { name: label, exact: true }).first()
const withDialog = async (page: Page, checkpoint: string | null, label: string) => {
  await web01(page)
  if (checkpoint !== null) await node(page, checkpoint).click()
  await action(page, label).click()
  await page.getByRole('dialog').waitFor()
}

const views: readonly View[] = [
  ...[1000, 1600, 2560].map((width) => ({
    name: `main-${width}`,
    width,
    async open(page: Page) {
      await web01(page)
      await node(page, 'Before the patch').click()
    },
  })),
  { name: 'create', open: (page) => withDialog(page, null, 'Checkpoint…') },
  { name: 'apply', open: (page) => withDialog(page, 'After the patch', 'Apply…') },
  {
    name: 'delete-subtree',
    open: (page) => withDialog(page, 'Before the patch', 'Delete checkpoint subtree…'),
  },
  { name: 'export', open: (page) => withDialog(page, 'Before the patch', 'Export…') },
  { name: 'undo', open: (page) => withDialog(page, null, 'Undo apply…') },
  { name: 'settings', open: (page) => withDialog(page, null, 'Settings…') },
  { name: 'new-vm', open: (page) => withDialog(page, null, 'New virtual machine…') },
  {
    name: 'menu',
    open: async (page) => {
      await web01(page)
      await page.getByRole('row', { name: /web01/ }).click({ button: 'right' })
      await page.getByRole('menu').waitFor()
    },
  },
  {
    name: 'details',
    open: async (page) => {
      await web01(page)
      await node(page, 'web01 - ').click()
      await page.keyboard.press('Enter')
      await page.getByRole('region', { name: /^Details of web01 - / }).waitFor()
    },
  },
  {
    name: 'vm-details',
    open: async (page) => {
      await web01(page)
      await action(page, 'Details and history').click()
      await page.getByRole('dialog').waitFor()
      await page.getByRole('dialog').locator('img').waitFor()
    },
  },
  {
    name: 'screen',
    open: async (page) => {
      await web01(page)
      const screen = page.waitForEvent('popup')
      await action(page, 'Connect…').click()
      await page.goto((await screen).url())
      await page.locator('canvas').waitFor()
    },
  },
  {
    name: 'tasks',
    open: async (page) => {
      await page.getByRole('banner').getByRole('button', { name: /tasks/i }).click()
      await page.getByRole('dialog').waitFor()
    },
  },
  {
    name: 'storage',
    path: '/storage',
    open: (page) =>
      page
        .getByText(/not a backup/)
        .first()
        .waitFor(),
  },
]

/** Every main view in light and dark: its picture is written, and axe finds nothing in it. */
describe('Views of the console', () => {
  let daemon: TestDaemon
  let browser: TestBrowser

  before(async () => {
    daemon = await startDaemonWithConsole()
    await fillExampleHost(daemon)
    browser = await TestBrowser.launch()
  })
  after(async () => {
    await browser?.[Symbol.asyncDispose]()
    await daemon?.[Symbol.asyncDispose]()
  })

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const { name, path = '/', width = 1600, open } of views) {
      it(`${name}, ${colorScheme}`, async () => {
        const tab = await browser.open({ colorScheme, viewport: { width, height: 900 } })
        await logIn(tab, daemon, path)
        await look(tab, `${name}-${colorScheme}`, () => open(tab.page))
        assert.deepEqual(tab.errors, [])
      })
    }

    it(`login, ${colorScheme}`, async () => {
      const tab = await browser.open({ colorScheme })
      const { console } = await daemon.client.health()
      await tab.page.goto(console?.url ?? assert.fail())
      await look(tab, `login-${colorScheme}`, () => tab.page.getByLabel('Token').waitFor())
    })
  }

  it('a host without VMs says what to do first', async () => {
    const empty = await startDaemonWithConsole()
    try {
      for (const [name, path, first] of [
        ['empty', '/', /new virtual machine/i],
        ['empty-storage', '/storage', /measure again/i],
      ] as const) {
        const tab = await browser.open()
        await logIn(tab, empty, path)
        await look(tab, name, () =>
          tab.page.getByRole('main').getByRole('button', { name: first }).first().waitFor(),
        )
        assert.deepEqual(tab.errors, [])
      }
    } finally {
      await empty[Symbol.asyncDispose]()
    }
  })

  async function look(tab: BrowserTab, name: string, open: () => Promise<unknown>): Promise<void> {
    try {
      await open()
      await tab.page.waitForTimeout(400) // until what moves has come to rest
    } finally {
      await tab.picture(name)
    }
    assert.deepEqual(await tab.accessibilityViolations(), [])
    await tab.close()
  }
})
