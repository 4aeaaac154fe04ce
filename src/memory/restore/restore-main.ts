import { createConnection, createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { endProcess } from '../../core/end-process.ts'
import { isStillpointError } from '../../core/error.ts'
import { ImageError, MemoryImage } from '../image/reader.ts'
import { spareFromOutOfMemory } from '../out-of-memory.ts'
import { hypervisorGone, Loader } from './loader.ts'
import type { RestoreCommand, RestoreState } from './restore-server.ts'
import { readTouchedPages, writeTouchedPages } from './touched-pages.ts'

/**
 * The process that gives a QEMU its memory from an image. While pages are outstanding the guest depends on
 * it, so it is no part of the daemon and outlives it: whoever connects to its control socket is told its
 * state, again with each change, and can give it commands. It ends when all was delivered, when QEMU is
 * gone, or when the daemon is gone before the guest could run.
 *
 * Arguments: control socket, image, its checksum (of the footer), list of pages touched earlier. On the control socket: RestoreState out,
 * RestoreCommand in, one JSON text per line.
 */
const [controlSocket = '', imageFile = '', sha256 = '', touchedFile = ''] = process.argv.slice(2)
const progressEveryMs = 200
const orphanedAfterMs = 60_000
const lastWordMs = 1000
const firstMomentsMs = 1500

let state: RestoreState = {
  phase: 'opening',
  sentPages: 0,
  totalPages: 0,
  askedPages: 0,
  error: null,
  code: null,
}
let loader: Loader | null = null
const clients = new Set<Socket>()
process.on('SIGINT', () => {})
process.on('SIGTERM', () => {})
process.on('SIGHUP', () => {})
spareFromOutOfMemory()

const control = createServer((client) => {
  clients.add(client)
  client.on('error', () => {}) // its end is reported by 'close'
  client.on('close', () => {
    clients.delete(client)
    if (clients.size === 0 && (state.phase === 'opening' || state.phase === 'ready')) endProcess()
  })
  const lines = createInterface({ input: client })
  lines.on('error', () => {}) // those of the socket, once more
  lines.on('line', (line) => obey(JSON.parse(line)))
  client.write(`${JSON.stringify(state)}\n`)
})
control.listen(controlSocket)
setTimeout(() => {
  if (clients.size === 0 && state.phase !== 'running') endProcess()
}, orphanedAfterMs).unref()

const image = await openImage()
const opened = image?.index()
opened?.then(
  () => tell({ phase: 'ready' }),
  (error) => end(error),
)

async function openImage(): Promise<MemoryImage | null> {
  try {
    const found = await MemoryImage.open(imageFile)
    if (found.sha256 !== sha256)
      throw new ImageError(imageFile, 'is not the one on record: its checksum is another')
    await found.requireSources()
    return found
  } catch (error) {
    end(error)
    return null
  }
}

function obey(command: RestoreCommand): void {
  if (command.do === 'fill') loader?.fill()
  else void serve(command).catch(end)
}

async function serve({ do: how, socketPath }: Exclude<RestoreCommand, { do: 'fill' }>): Promise<void> {
  if (!image) return
  const socket = createConnection(socketPath)
  await new Promise<void>((resolve, reject) =>
    socket.once('connect', resolve).once('error', () => reject(hypervisorGone())),
  )
  loader = await Loader.over(socket, image)
  tell({ totalPages: loader.source.total })
  void loader.loaded.then(
    () => tell({ phase: 'running' }),
    () => {},
  )
  const timer = setInterval(() => tell({}), progressEveryMs)
  if (how === 'lazy') await serveLazily(loader)
  else if (how === 'eager') await loader.runEagerly()
  else await loader.resume()
  clearInterval(timer)
  tell({ phase: 'complete' })
  leave()
}

async function serveLazily(lazy: Loader): Promise<void> {
  const known = readTouchedPages(touchedFile)
  setTimeout(() => writeTouchedPages(touchedFile, lazy.asked, known), firstMomentsMs).unref()
  await lazy.runLazily(known)
}

/** Everybody who listens is told what changed. */
function tell(change: Partial<RestoreState>): void {
  state = {
    ...state,
    sentPages: loader?.source.sent ?? 0,
    askedPages: loader?.asked.length ?? 0,
    ...change,
  }
  for (const client of clients) client.write(`${JSON.stringify(state)}\n`)
}

function end(error: unknown): void {
  if (state.phase === 'failed') return
  const { message } = error as Error // nothing else is thrown here
  tell({ phase: 'failed', error: message, code: codeOf(error) })
  leave()
}

function codeOf(error: unknown): RestoreState['code'] {
  if (error instanceof ImageError && !error.isTransient) return 'memory_image_invalid'
  return isStillpointError(error, 'hypervisor_gone') ? 'hypervisor_gone' : 'internal'
}

/** Everybody who listens hears the last word first. */
function leave(): void {
  control.close()
  setTimeout(endProcess, lastWordMs)
  let open = clients.size
  if (open === 0) endProcess()
  for (const client of clients) client.end().on('close', () => --open === 0 && endProcess())
}
