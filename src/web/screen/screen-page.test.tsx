import { fireEvent, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeEach, expect, test, vi } from 'vitest'
import type { VmView } from '../../contract/vm.ts'
import { queries } from '../api/queries.ts'
import { queryClient } from '../api/query-client.ts'
import { task, vmRow } from '../testing/examples.ts'
import { FakeApi, Refusal } from '../testing/fake-api.ts'
import { show } from '../testing/render.tsx'
import { ScreenOf } from './screen-page.tsx'

/** Stands for noVNC, which draws on a canvas that jsdom has not: what it is told, and its events. */
class FakeRfb extends EventTarget {
  static made: FakeRfb[] = []
  readonly url: string
  readonly screen = document.createElement('div')
  readonly sent: string[] = []
  scaleViewport = false
  constructor(target: HTMLElement, url: string) {
    super()
    this.url = url
    this.screen.append(document.createElement('canvas'))
    target.append(this.screen)
    FakeRfb.made.push(this)
  }
  focus() {
    this.screen.querySelector('canvas')?.focus()
  }
  sendCtrlAltDel() {
    this.sent.push('Ctrl+Alt+Del')
  }
  sendKey(_keysym: number, code: string, down: boolean) {
    this.sent.push(`${down ? '+' : '-'}${code}`)
  }
  disconnect() {
    this.screen.remove()
  }
  /** What noVNC does when its connection opens and ends. */
  connects() {
    this.dispatchEvent(new Event('connect'))
  }
  breaks() {
    this.screen.remove()
    this.dispatchEvent(new Event('disconnect'))
  }
}
vi.mock('@novnc/novnc', () => ({ default: FakeRfb }))
beforeEach(() => {
  FakeRfb.made = []
})

const view = (change: Partial<VmView>): VmView =>
  ({ ...vmRow(), display: 'vnc', refusals: {}, ...change }) as VmView // what the screen looks at

async function showScreen(change: Partial<VmView> = {}) {
  const api = new FakeApi({
    'GET /vms/a1': () => view(change),
    'POST /vms/a1/start': task(),
    'POST /vms/a1/resume': task(),
  })
  await show(<ScreenOf vmId="a1" />)
  return {
    api,
    news: (next: Partial<VmView>) => queryClient.setQueryData(queries.vm('a1').queryKey, view(next)),
  }
}

async function connected(change: Partial<VmView> = {}) {
  const shown = await showScreen(change)
  await waitFor(() => expect(FakeRfb.made.length).toBe(1))
  const rfb = latest()
  rfb.connects()
  await waitFor(() => expect(button('Ctrl+Alt+Del').disabled).toBe(false))
  return { ...shown, rfb }
}

const latest = () => FakeRfb.made.at(-1) ?? expect.fail('nothing connects')
const button = (name: string) => screen.getByRole<HTMLButtonElement>('button', { name })

test('a VM that is off can be started, and its screen follows', async () => {
  const { api, news } = await showScreen({ state: 'off' })
  expect(await screen.findByText('web01 is off')).toBeTruthy()
  expect(button('Ctrl+Alt+Del').disabled).toBe(true)
  await userEvent.click(button('Start'))
  expect(api.bodiesOf('POST /vms/a1/start').length).toBe(1)
  expect(FakeRfb.made).toEqual([])
  news({ state: 'running' })
  await waitFor(() => expect(FakeRfb.made.length).toBe(1))
  expect(latest().url).toBe('ws://localhost:3000/api/v1/vms/a1/screen')
})

test('a VM without a display says how to give it one; one that is broken says why', async () => {
  const { news } = await showScreen({ state: 'running', display: 'none' })
  expect((await screen.findByText(/Settings → Hardware/)).textContent).toMatch(/shut it down, then/)
  news({ state: 'broken', brokenReason: 'Its disk is gone.' })
  expect(await screen.findByText('Its disk is gone.')).toBeTruthy()
  expect(FakeRfb.made).toEqual([])
})

test('a VM that does not exist is told in the words of the daemon', async () => {
  new FakeApi({ 'GET /vms/a1': new Refusal(404, 'vm_not_found', 'There is no VM "a1".') })
  await show(<ScreenOf vmId="a1" />)
  expect((await screen.findByRole('alert')).textContent).toContain('There is no VM "a1".')
})

test('a daemon that fails for a moment takes no picture away; a VM that is removed is told', async () => {
  const { api } = await connected()
  const read = () => queryClient.refetchQueries(queries.vm('a1'))
  api.answers['GET /vms/a1'] = new Refusal(500, 'io_error', 'The disk failed.')
  await read()
  expect(screen.getByRole('application')).toBeTruthy()
  api.answers['GET /vms/a1'] = new Refusal(404, 'vm_not_found', 'There is no VM "a1".')
  await read()
  expect((await screen.findByRole('alert')).textContent).toContain('There is no VM "a1".')
})

test('the way out leads to the toolbar, and lets go what was down', async () => {
  const { rfb } = await connected()
  const canvas = screen.getByRole('application', { name: /Screen of web01/ })
  expect(document.activeElement, 'nobody else had the focus').toBe(canvas)
  expect(screen.getByRole('status').textContent).toMatch(/Ctrl\+Alt\+Left Arrow leads back/)
  const seen: string[] = []
  for (const type of ['keydown', 'keyup'] as const)
    canvas.addEventListener(type, ({ code }) => seen.push(`${type} ${code}`))
  fireEvent.keyDown(canvas, { code: 'ControlLeft', key: 'Control', ctrlKey: true })
  fireEvent.keyDown(canvas, { code: 'AltLeft', key: 'Alt', ctrlKey: true, altKey: true })
  fireEvent.keyDown(canvas, { code: 'ArrowLeft', key: 'ArrowLeft', ctrlKey: true, altKey: true })
  expect(document.activeElement).toBe(button('Ctrl+Alt+Del'))
  expect(seen).toEqual(['keydown ControlLeft', 'keydown AltLeft', 'keyup ControlLeft', 'keyup AltLeft'])
  await userEvent.keyboard('{Enter}')
  await userEvent.click(button('Keys'))
  await userEvent.click(await screen.findByRole('menuitem', { name: 'Alt+F4' }))
  expect(rfb.sent).toEqual(['Ctrl+Alt+Del', '+AltLeft', '+F4', '-F4', '-AltLeft'])
})

test('text is typed key by key; what is on no key is told', async () => {
  const { rfb } = await connected()
  await userEvent.click(button('Type text'))
  await userEvent.type(await screen.findByLabelText('Text to type'), 'lS é')
  expect(screen.getByText('On no key, so left out: é')).toBeTruthy()
  await userEvent.click(button('Type'))
  const keys = ['+KeyL', '-KeyL', '+ShiftLeft', '+KeyS', '-KeyS', '-ShiftLeft', '+Space', '-Space']
  await waitFor(() => expect(rfb.sent).toEqual(keys))
})

test('typing ends with the connection, and the text stays', async () => {
  const { rfb } = await connected()
  await userEvent.click(button('Type text'))
  const box = await screen.findByLabelText<HTMLTextAreaElement>('Text to type')
  fireEvent.change(box, { target: { value: 'a'.repeat(500) } })
  await userEvent.click(button('Type'))
  await waitFor(() => expect(rfb.sent.length).toBeGreaterThan(2))
  rfb.breaks()
  await waitFor(() => expect(screen.queryByRole('button', { name: 'Stop' })).toBeNull())
  expect(rfb.sent.length).toBeLessThan(900)
  expect(box.value.length).toBe(500)
})

test('a connection that breaks is opened again, sooner when the VM has news', async () => {
  const { rfb, news } = await connected()
  rfb.breaks()
  expect(await screen.findByText(/connection to the screen is lost/, { selector: 'p' })).toBeTruthy()
  expect(button('Ctrl+Alt+Del').disabled).toBe(true)
  await waitFor(() => expect(FakeRfb.made.length).toBe(2))
  latest().breaks()
  news({ startedAt: '2026-11-20T09:00:00.000Z' })
  await waitFor(() => expect(FakeRfb.made.length).toBe(3))
  latest().connects()
  await waitFor(() => expect(button('Ctrl+Alt+Del').disabled).toBe(false))
  expect(screen.queryByText(/connection to the screen is lost/)).toBeNull()
})

test('a paused VM says so above its picture, and can be resumed', async () => {
  const { api } = await connected({ state: 'paused' })
  expect(screen.getByText(/Paused\. The picture stands still/)).toBeTruthy()
  await userEvent.click(button('Resume'))
  expect(api.bodiesOf('POST /vms/a1/resume').length).toBe(1)
})
