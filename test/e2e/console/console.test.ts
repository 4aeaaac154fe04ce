import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import type { Locator, Page } from 'playwright-core'
import { type BrowserTab, TestBrowser } from '../../fixtures/browser.ts'
import { logIn, startDaemonWithConsole, until } from '../../fixtures/console.ts'
import type { TestDaemon } from '../../fixtures/daemon.ts'
import { GuestVm } from '../../fixtures/guest-vm.ts'

/** What an administrator does with one VM, in a real browser, with a guest that runs. The steps build on each other. */
describe('The console', () => {
  let daemon: TestDaemon
  let vm: GuestVm
  let browser: TestBrowser
  let tab: BrowserTab

  before(async () => {
    daemon = await startDaemonWithConsole()
    vm = await GuestVm.create(daemon, 'web01', { display: 'vnc', settings: { checkpointPolicy: 'Standard' } })
    await vm.boot()
    await vm.run('echo first >/mnt/a/f; sync')
    browser = await TestBrowser.launch()
    tab = await browser.open()
    await logIn(tab, daemon)
  })
  after(async () => {
    await browser?.[Symbol.asyncDispose]()
    await daemon?.[Symbol.asyncDispose]()
  })
  afterEach(async (context) => {
    if (!('passed' in context) || context.passed) return
    await tab.pictures(`failed ${context.name.replaceAll(/\W+/g, '-')}`)
    await tab.page.reload() // what is open shall not stand in the way of what follows
  })

  const page = (): Page => tab.page
  const row = (of = page()) => of.getByRole('grid').getByRole('row', { name: /web01/ })
  const tree = (of = page()) => of.getByRole('tree')
  const node = (name: string, of = page()) => tree(of).getByRole('treeitem', { name: new RegExp(`^${name}`) })
  const pane = () => page().getByRole('region', { name: 'Actions' })
  const action = (label: string) => pane().getByRole('button', { name: label, exact: true })
  const dialog = () => page().getByRole('dialog')
  const names = async () => (await daemon.client.listCheckpoints('web01')).map(({ name }) => name).sort()
  const content = async () => (await vm.run('cat /mnt/a/f')).trim()
  const parentOf = async (name: string) => {
    const checkpoints = await daemon.client.listCheckpoints('web01')
    const parentId = checkpoints.find((each) => each.name === name)?.parentId
    return checkpoints.find(({ id }) => id === parentId)?.name ?? null
  }
  const settled = async () => {
    await daemon.settled('web01')
    await until('no task running', async () =>
      (await daemon.client.listTasks({ limit: 20 })).every(({ endedAt }) => endedAt !== null),
    )
  }

  async function create(name: string): Promise<void> {
    await row().click()
    await pane().getByRole('button', { name: 'Checkpoint…', exact: true }).first().click()
    await dialog().getByLabel('Name', { exact: true }).fill(name)
    await page().keyboard.press('Enter')
    await dialog().waitFor({ state: 'detached' })
    await node(name).waitFor()
    await settled()
  }

  async function choose(name: string, label: string): Promise<Locator> {
    await node(name).click()
    await action(label).click()
    await dialog().waitFor()
    return dialog()
  }

  it('shows the VM, its state, and what it uses', async () => {
    await row().click()
    const cells = (await row().getByRole('gridcell').allTextContents()).join(' | ')
    assert.match(cells, /Running/)
    assert.match(cells, /128 MiB/)
    assert.match(cells, /\d\d:\d\d:\d\d/)
    await row()
      .getByText(/\d+ ?%/)
      .first()
      .waitFor() // of its processors, from the second look on
    assert.match(
      (await page().getByRole('region', { name: 'Checkpoint tree' }).textContent()) ?? '',
      /checkpoint/i,
    )
  })

  it('creates a checkpoint, and shows the percent meanwhile', async () => {
    await page().evaluate(() => {
      const seen = new Set<string>()
      Object.assign(window, { seen })
      new MutationObserver(() => {
        for (const [text] of document.body.textContent.matchAll(/Creating Checkpoint \(\d+%\)/g))
          seen.add(text)
      }).observe(document.body, { subtree: true, childList: true, characterData: true })
    })
    await create('First')
    const seen = await page().evaluate(() => [...(window as unknown as { seen: Set<string> }).seen]) // as above
    assert.ok(seen.length > 0, 'no percent was seen')
    assert.match((await node('First').textContent()) ?? '', /Standard/)
    const [first] = await daemon.client.listCheckpoints('web01')
    assert.equal(first?.record.consistency, 'exact-memory')
  })

  it('renames in place: F2, Enter; a name that is refused says why, Escape leaves it', async () => {
    await node('First').click()
    await page().keyboard.press('F2')
    await page().keyboard.press('ControlOrMeta+a')
    await page().keyboard.type('x'.repeat(101))
    await page().keyboard.press('Enter')
    await page().getByRole('alert').filter({ hasText: /100/ }).waitFor()
    await page().keyboard.press('Escape')
    assert.deepEqual(await names(), ['First'])
    await node('First').click()
    await page().keyboard.press('F2')
    await page().keyboard.press('ControlOrMeta+a')
    await page().keyboard.type('Before the patch')
    await page().keyboard.press('Enter')
    await node('Before the patch').waitFor()
    assert.deepEqual(await names(), ['Before the patch'])
  })

  it('Cancel applies nothing; Apply goes back to the instant, and says until when it can be undone', async () => {
    await vm.run('echo second >/mnt/a/f; sync')
    const before = (await daemon.client.listTasks({ limit: 100 })).length
    const shown = await choose('Before the patch', 'Apply…')
    assert.match((await shown.textContent()) ?? '', /undo/i)
    await shown.getByRole('button', { name: 'Cancel', exact: true }).click()
    await dialog().waitFor({ state: 'detached' })
    assert.equal((await daemon.client.listTasks({ limit: 100 })).length, before)
    assert.equal(await content(), 'second')

    await (await choose('Before the patch', 'Apply…'))
      .getByRole('button', { name: 'Apply', exact: true })
      .click()
    await dialog().waitFor({ state: 'detached' })
    await until('the VM being put back', async () => (await daemon.client.showVm('web01')).undo !== null)
    await settled()
    assert.equal(await content(), 'first')
  })

  it('undoes an apply', async () => {
    await row().click()
    await pane().getByRole('button', { name: 'Undo apply…', exact: true }).first().click()
    await dialog().getByRole('button', { name: 'Bring back' }).click()
    await dialog().waitFor({ state: 'detached' })
    await settled()
    await until('the undo', async () => (await content()) === 'second')
  })

  it('branches: "Create checkpoint and apply" keeps the present state as a checkpoint', async () => {
    await (await choose('Before the patch', 'Apply…'))
      .getByRole('button', { name: 'Create checkpoint and apply', exact: true })
      .click()
    await dialog().waitFor({ state: 'detached' })
    await until('two checkpoints', async () => (await names()).length === 2)
    await settled()
    assert.equal(await content(), 'first')
    await create('Other driver')
    assert.equal(await parentOf('Other driver'), 'Before the patch')
    const levels = await Promise.all(
      ['Before the patch', 'web01 - ', 'Other driver', 'Now'].map((name) =>
        node(name).getAttribute('aria-level'),
      ),
    )
    assert.deepEqual(levels, ['1', '2', '2', '3'])
  })

  it('is walked by keyboard alone', async () => {
    await node('Before the patch').click()
    await page().keyboard.press('End')
    const atRow = (name: string) =>
      until(`the keys being at "${name}"`, () =>
        page().evaluate((wanted) => {
          const id = document.activeElement?.getAttribute('aria-activedescendant') ?? ''
          return document.getElementById(id)?.textContent.startsWith(wanted) ?? false
        }, name),
      )
    await atRow('Now')
    await page().keyboard.press('Home')
    await atRow('Before the patch')
    await page().keyboard.press('Delete')
    await dialog().waitFor()
    await page().keyboard.press('Escape')
    await dialog().waitFor({ state: 'detached' })
    await atRow('Before the patch')
  })

  it('two browsers see the same at once', async () => {
    const other = await browser.open()
    await logIn(other, daemon)
    await row(other.page).click()
    await node('Other driver', other.page).waitFor()
    const { id } =
      (await daemon.client.listCheckpoints('web01')).find(({ name }) => name === 'Other driver') ??
      assert.fail()
    await daemon.client.updateCheckpoint('web01', id, { name: 'Renamed elsewhere' })
    for (const each of [other.page, page()]) await node('Renamed elsewhere', each).waitFor()
    assert.deepEqual(other.errors, [])
    await other.close()
  })

  it('a daemon that starts again is waited for, and the login outlives it', async () => {
    await daemon.stop()
    await page()
      .getByText(/connection to the daemon is lost/i)
      .waitFor()
    assert.equal(await node('Before the patch').count(), 1, 'what was known stays')
    await daemon.start()
    await page()
      .getByText(/connection to the daemon is lost/i)
      .waitFor({ state: 'detached' })
    tab.errors.splice(0) // requests that failed meanwhile
    const { id } =
      (await daemon.client.listCheckpoints('web01')).find(({ name }) => name === 'Renamed elsewhere') ??
      assert.fail()
    await daemon.client.updateCheckpoint('web01', id, { name: 'Other driver' })
    await node('Other driver').waitFor()
  })

  it("deletes a checkpoint with two children; the children's data stays", async () => {
    await (await choose('Before the patch', 'Delete checkpoint…'))
      .getByRole('button', { name: /^Delete/ })
      .click()
    await dialog().waitFor({ state: 'detached' })
    await node('Before the patch').waitFor({ state: 'detached' })
    await settled()
    assert.equal((await names()).length, 2)
    await (await choose('web01 - ', 'Apply…')).getByRole('button', { name: 'Apply', exact: true }).click()
    await dialog().waitFor({ state: 'detached' })
    await until('the other branch', async () => {
      await settled()
      return (await content()) === 'second'
    })
  })

  it('deletes a subtree, and shows which', async () => {
    await create('Below')
    const shown = await choose('web01 - ', 'Delete checkpoint subtree…')
    const text = (await shown.textContent()) ?? ''
    assert.match(text, /Below/)
    assert.doesNotMatch(text, /Other driver/)
    await shown.getByRole('button', { name: /^Delete/ }).click()
    await dialog().waitFor({ state: 'detached' })
    await node('Below').waitFor({ state: 'detached' })
    await settled()
    assert.deepEqual(await names(), ['Other driver'])
    assert.equal(await content(), 'second')
  })

  it('settings: the policy is chosen, and in force', async () => {
    await row().click()
    await action('Settings…').click()
    await dialog()
      .getByRole('radio', { name: /^Production/ })
      .check()
    await dialog()
      .getByRole('checkbox', { name: /^Create standard checkpoints if/ })
      .uncheck()
    await dialog().getByRole('button', { name: 'Save' }).click()
    await dialog().waitFor({ state: 'detached' })
    assert.equal((await daemon.client.showVm('web01')).settings.checkpointPolicy, 'ProductionOnly')
    await create('Consistent')
    const made = (await daemon.client.listCheckpoints('web01')).find(({ name }) => name === 'Consistent')
    assert.equal(made?.record.consistency, 'file-system')
    assert.match((await node('Consistent').textContent()) ?? '', /Production/)
  })

  it('the right-click menu has the entries of the right pane, refused ones with their reason', async () => {
    await row().click({ button: 'right' })
    const menu = page().getByRole('menu')
    await menu.getByRole('menuitem', { name: /^Pause/ }).click()
    await until('the VM being paused', async () => (await vm.state()) === 'paused')
    await row().getByText('Paused').waitFor()
    await row().click({ button: 'right' })
    const start = menu.getByRole('menuitem', { name: /^Start/ })
    assert.equal(await start.getAttribute('aria-disabled'), 'true')
    assert.match(await describedBy(start), /paused; resume it/)
    await menu.getByRole('menuitem', { name: /^Resume/ }).click()
    await until('the VM running', async () => (await vm.state()) === 'running')
  })

  it("shows the VM's screen: what is typed arrives, and what the guest shows is seen", async () => {
    const screen = await tab.context.newPage()
    const problems: string[] = []
    screen.on('pageerror', (error) => problems.push(`${error}`))
    await screen.goto(new URL(`/vms/${vm.id}/screen`, page().url()).href)
    const canvas = screen.locator('canvas').first()
    await canvas.waitFor()
    await canvas.click()
    // Signs that need no Shift: this keyboard sends the key alone.
    await screen.keyboard.type('touch /mnt/a/typed\n', { delay: 20 })
    await until('what was typed', async () => /typed/.test(await vm.run('ls /mnt/a')))
    await vm.run("printf '\\033[42m\\033[2J' >/mnt/a/green")
    await screen.keyboard.type('cat /mnt/a/green\n', { delay: 20 })
    await until('a green screen', async () => (await greenness(canvas)) > 0.5)
    assert.deepEqual(problems, [])
    await screen.close()
  })

  it('says in words what failed, and keeps it', async () => {
    await vm.run('(sleep 0.2; kill -STOP $(pidof qemu-ga)) >/dev/null 2>&1 &')
    await row().click()
    await pane().getByRole('button', { name: 'Checkpoint…', exact: true }).first().click()
    await dialog().getByLabel('Name', { exact: true }).fill('Not possible')
    await page().keyboard.press('Enter')
    const notice = page().getByRole('alert').filter({ hasText: /agent/i })
    await notice.first().waitFor({ timeout: 60_000 })
    await until('the end of it', async () => (await names()).length === 2)
  })

  it('nothing went wrong in the page', () => {
    assert.deepEqual(tab.errors, [])
  })
})

/** What a screen reader says beside the name. */
async function describedBy(locator: Locator): Promise<string> {
  return await locator.evaluate((element) => {
    const ids = element.getAttribute('aria-describedby')?.split(' ') ?? []
    return (
      ids.map((id) => document.getElementById(id)?.textContent ?? '').join(' ') || (element.textContent ?? '')
    )
  })
}

/** The share of pixels of a canvas that are green. */
async function greenness(canvas: Locator): Promise<number> {
  return await canvas.evaluate((element) => {
    const { width, height } = element as HTMLCanvasElement // the locator says so
    const pixels =
      (element as HTMLCanvasElement).getContext('2d')?.getImageData(0, 0, width, height).data ?? []
    let green = 0
    for (let at = 0; at < pixels.length; at += 4)
      if ((pixels[at + 1] ?? 0) > 100 && (pixels[at] ?? 0) < 90 && (pixels[at + 2] ?? 0) < 90) green++
    return green / (width * height)
  })
}
