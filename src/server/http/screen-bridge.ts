import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { WebSocket } from '@fastify/websocket'
import type { Log } from '../../core/log.ts'

/** More than this waits for the browser before the display is not read any more. */
const highWaterBytes = 1024 * 1024
/** A browser that answers no ping for so long is gone. */
const pingEveryMs = 20_000

/** Codes of RFC 6455: the display ended; it could not be reached. */
const goingAway = 1001
export const serverError = 1011

/** QEMU lets two connections wait to be taken; one more is refused until it has time for them. */
const knocks = 100
const knockEveryMs = 30

/**
 * Carries what a browser and a display say to each other, until one of them ends; then the other ends too. Neither
 * side is read faster than the other takes it, so a slow browser costs the daemon no memory.
 */
export async function bridgeScreen(browser: WebSocket, socketPath: string, log: Log): Promise<void> {
  browser.pause()
  try {
    const display = await reach(socketPath)
    if (browser.readyState === browser.OPEN) bridge(browser, display, log)
    else display.destroy()
  } catch (error) {
    log.warn({ err: error, socketPath }, 'a display cannot be reached')
    browser.close(serverError, 'The display of the VM cannot be reached.')
  }
  browser.resume()
}

async function reach(socketPath: string): Promise<Socket> {
  for (let left = knocks; ; left--) {
    const display = connect(socketPath)
    try {
      await once(display, 'connect')
      return display
    } catch (error) {
      if (left === 0 || !(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error
    }
    await sleep(knockEveryMs)
  }
}

function bridge(browser: WebSocket, display: Socket, log: Log): void {
  let isAlive = true
  const showsLife = () => {
    isAlive = true
  }

  browser.on('message', (data) => {
    showsLife()
    // Of the three forms that the type has, the default is a Buffer.
    if (display.write(data as Buffer)) return
    browser.pause()
    display.once('drain', () => browser.resume())
  })
  display.on('data', (data) => {
    browser.send(data, (error) => {
      if (!error) showsLife() // over a slow line, the answer to a ping comes after all that was sent before it
      if (display.isPaused() && browser.bufferedAmount < highWaterBytes / 2) display.resume()
    })
    if (browser.bufferedAmount > highWaterBytes) display.pause()
  })

  const ping = setInterval(() => {
    // One that waits for the display is not read, so its answers are not heard.
    if (!isAlive && !browser.isPaused) browser.terminate()
    isAlive = false
    browser.ping()
  }, pingEveryMs)
  browser.on('pong', showsLife)
  browser.on('close', () => {
    clearInterval(ping)
    display.destroy()
  })
  browser.on('error', () => display.destroy()) // its `close` follows

  display.on('error', (error) => {
    log.warn({ err: error }, 'the connection to a display broke')
    browser.close(serverError, 'The display of the VM cannot be reached.')
  })
  display.on('close', () => browser.close(goingAway, 'The display has ended.'))
}
