import { mkdirSync, readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import pino from 'pino'
import { Expirer } from '../checkpoint/hygiene/expirer.ts'
import { GrowthWatch } from '../checkpoint/hygiene/growth-watch.ts'
import { Settler } from '../checkpoint/merge/settle.ts'
import { putInOrder, recoverAll } from '../checkpoint/recover.ts'
import { removeHalfImported } from '../checkpoint/transfer/half-imported.ts'
import { homeFolder, socketOf } from '../client/home.ts'
import type { Health } from '../contract/system.ts'
import { systemClock } from '../core/clock.ts'
import { isStillpointError, messageOf, StillpointError } from '../core/error.ts'
import { createEventBus, type EventBus } from '../core/event-bus.ts'
import type { Log } from '../core/log.ts'
import { randomIds } from '../core/random-ids.ts'
import { probeAccelerator } from '../hypervisor/qemu/accelerator.ts'
import { createHypervisor, qemuPrograms, uefiVariables } from '../hypervisor/qemu/hypervisor.ts'
import { privateSwitchOf } from '../hypervisor/qemu/private-switch.ts'
import { createQemuImg } from '../hypervisor/qemu/qemu-img.ts'
import { Folders } from '../inventory/folders.ts'
import { Groups } from '../inventory/groups.ts'
import { Inventory } from '../inventory/inventory.ts'
import { rebuildInventory } from '../inventory/rebuild.ts'
import { Machines } from '../machine/machines.ts'
import { moveDatabaseAside, openDatabase } from '../store/database.ts'
import { createGroupStore } from '../store/group-store.ts'
import { createGrowthStore } from '../store/growth-store.ts'
import { lockHome } from '../store/home-lock.ts'
import { createInventoryStore } from '../store/inventory-store.ts'
import { createTaskStore } from '../store/task-store.ts'
import { createTaskRunner } from '../task/runner.ts'
import { withFailpoint } from './failpoint.ts'
import { createHostServices } from './host-services.ts'
import { createHttpServer } from './http/server.ts'
import { chooseAddress, namesIn, urlsOf } from './listen-address.ts'
import { viewVolume } from './services/storage.ts'
import { readOrMakeToken } from './token-file.ts'

/** Sockets of a VM lie this much deeper than the home folder; the kernel allows 107 bytes in all. */
const longestHome = 107 - '/vms/0123456789ab/run/012345/recover.sock'.length

const shutdownTimeoutMs = 10_000
const recoveryGraceMs = 5000
const copiesPatienceMs = 5000
const settleEveryMs = 30_000
const lookEveryMs = 30_000

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { home: { type: 'string' }, listen: { type: 'string' }, 'token-file': { type: 'string' } },
  })
  const { env } = process
  const listen = chooseAddress(values.listen, env.STILLPOINT_LISTEN)
  const home = homeFolder({ ...env, ...(values.home ? { STILLPOINT_HOME: values.home } : {}) })
  // The processes that save and restore memory start in half the time when they need not be compiled.
  env.NODE_COMPILE_CACHE ??= join(home, 'cache')
  if (Buffer.byteLength(home) > longestHome) {
    throw new StillpointError(
      'invalid_request',
      `The home folder "${home}" is too long by ${Buffer.byteLength(home) - longestHome} bytes: the paths of sockets must fit into 107.`,
    )
  }
  process.umask(0o077)
  mkdirSync(home, { recursive: true, mode: 0o700 })
  const lock = lockHome(home)
  const destination = pino.destination({ dest: 1, sync: true })
  destination.on('error', () => {}) // a full disk under the log must not end the work
  const log = pino({ level: env.STILLPOINT_LOG ?? 'info', base: { pid: process.pid } }, destination)
  const startedAt = systemClock.now().toISOString()

  const events = createEventBus((error) => log.error({ err: error }, 'a listener of events failed'))
  const folders = new Folders(home)
  const { database, inventory, groups } = await openInventory(folders, events, env.STILLPOINT_FAILPOINT, log)

  const programs = qemuPrograms(env.STILLPOINT_QEMU ?? null)
  const accelerator =
    acceleratorOf(env.STILLPOINT_ACCEL) ??
    (await probeAccelerator(programs.system, join(home, 'accelerator.json'), log))
  const hypervisor = await createHypervisor(programs, accelerator, privateSwitchOf(home))
  const images = createQemuImg(programs.img)
  const machines = new Machines({
    inventory,
    folders,
    hypervisor,
    images,
    events,
    clock: systemClock,
    ids: randomIds,
    log,
    groupsOf: (vmId) => groups.namesOf(vmId),
    putInOrder,
  })
  const tasks = createTaskRunner({
    store: createTaskStore(database),
    clock: systemClock,
    ids: randomIds,
    events,
    log,
  })
  await removeHalfImported(folders, inventory, log)
  const settler = new Settler(machines, tasks)
  const recover = async () => {
    await recoverAll(machines)
    for (const { id } of inventory.all()) if (!machines.broken.has(id)) settler.kick(id)
  }
  // A VM that cannot be reached must not keep the others waiting; nothing is done to it meanwhile.
  await Promise.race([recover(), sleep(recoveryGraceMs, undefined, { ref: false })])
  setInterval(() => void machines.settleAll(), settleEveryMs).unref()
  new Expirer(machines, tasks, settler).start()
  const history = createGrowthStore(database)
  const growth = new GrowthWatch({ inventory, folders, clock: systemClock, events, log, history })
  void growth.start()

  const stopLooking = new AbortController()
  setInterval(() => void machines.roles.lookAtAll(stopLooking.signal), lookEveryMs).unref()

  const hostName = hostname()
  const tokenFile = resolve(values['token-file'] ?? join(home, 'token'))
  let consoleAddress: Health['console'] = null
  const services = createHostServices({
    machines,
    groups,
    tasks,
    settler,
    growth,
    backUpDatabase: (path) => database.backUp(path),
    uefiVariables,
    recover,
    health: () => ({
      version: packageVersion(),
      hostName,
      pid: process.pid,
      home,
      startedAt,
      qemuVersion: hypervisor.version,
      accelerator,
      vms: inventory.all().length,
      volumes: growth.volumes().map(viewVolume),
      console: consoleAddress,
    }),
  })
  const noConsole = ({ message }: StillpointError) => log.warn({}, `No console is served. ${message}`)
  // Nobody asked for that address: work that goes on without a console is worth more than none.
  const isNeeded = listen.isAsked || values['token-file'] !== undefined
  const token =
    listen.address &&
    (await readOrMakeToken(tokenFile, log).catch((error) => {
      if (isNeeded || !isStillpointError(error)) throw error
      noConsole(error)
      return null
    }))
  const server = createHttpServer({
    services,
    token,
    hostNames: [hostName, ...namesIn(env.STILLPOINT_HOST_NAMES)],
  })
  const { tcp } = await server.listen({
    socketPath: socketOf(home),
    tcp: token === null ? null : listen.address,
    ...(isNeeded ? {} : { onNoTcp: noConsole }),
  })
  if (tcp) consoleAddress = { ...urlsOf(tcp, hostName), tokenFile }
  log.info(
    {
      home,
      url: consoleAddress?.url ?? null,
      qemu: hypervisor.version,
      accelerator,
      vms: inventory.all().length,
    },
    'ready',
  )

  let stopping = false
  const stop = async (signal: string) => {
    if (stopping) return
    stopping = true
    log.info({ signal }, 'stopping; running VMs go on')
    const tooLong = setTimeout(() => process.exit(1), shutdownTimeoutMs)
    await server.close()
    await tasks.drain({ abort: true })
    stopLooking.abort()
    // The next start writes those that are left.
    await Promise.race([inventory.allSettled(), sleep(copiesPatienceMs)])
    machines.disconnectAll()
    database.close()
    lock.release()
    clearTimeout(tooLong)
    process.exit(0)
  }
  process.on('SIGTERM', (signal) => void stop(signal))
  process.on('SIGINT', (signal) => void stop(signal))
  process.on('SIGHUP', () => {})
}

/** A store that cannot be read is moved aside, and made anew from the folders of the VMs. */
async function openInventory(folders: Folders, events: EventBus, failpoint: string | undefined, log: Log) {
  const path = join(folders.home, 'stillpoint.db')
  const open = () => {
    const database = openDatabase(path)
    const store = createInventoryStore(database, { clock: systemClock, ids: randomIds })
    const inventory = new Inventory(withFailpoint(store, failpoint), folders, events, log)
    return { database, inventory, groups: new Groups(createGroupStore(database), folders, inventory, log) }
  }
  try {
    return open()
  } catch (error) {
    if (!isStillpointError(error, 'inventory_damaged')) throw error
    const movedTo = moveDatabaseAside(path, `damaged-${systemClock.now().toISOString().replaceAll(':', '')}`)
    log.error({ err: error, movedTo }, 'the database is damaged; it was moved aside')
    const opened = open()
    log.warn(
      {
        ...(await rebuildInventory(opened.inventory, folders)),
        groupProblems: await opened.groups.rebuild(),
      },
      'the inventory was rebuilt from the folders of the VMs',
    )
    return opened
  }
}

function acceleratorOf(text: string | undefined): 'kvm' | 'tcg' | null {
  if (text === undefined || text === '') return null
  if (text === 'kvm' || text === 'tcg') return text
  throw new StillpointError('invalid_request', `STILLPOINT_ACCEL is "${text}"; it can be kvm or tcg.`)
}

function packageVersion(): string {
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version
}

main().catch((error) => {
  process.stderr.write(`stillpointd: ${messageOf(error)}\n`)
  process.exit(isStillpointError(error) ? error.row.exitCode : 1)
})
