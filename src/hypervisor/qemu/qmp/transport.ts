import { connect, type Socket } from 'node:net'

/**
 * JSON values, one a line, over a Unix socket. Knows nothing of commands. `onClose` is called once,
 * with the error if there was one.
 */
export interface Transport {
  send(value: object): void
  close(): void
}

export interface TransportHandlers {
  readonly onMessage: (message: Record<string, unknown>) => void
  readonly onClose: (error: Error | null) => void
}

const largestLineBytes = 64 * 1024 * 1024

export function openTransport(socketPath: string, handlers: TransportHandlers): Promise<Transport> {
  const { promise, resolve, reject } = Promise.withResolvers<Transport>()
  const socket = connect(socketPath)
  socket.once('error', reject)
  socket.once('connect', () => {
    socket.off('error', reject)
    resolve(start(socket, handlers))
  })
  return promise
}

function start(socket: Socket, { onMessage, onClose }: TransportHandlers): Transport {
  let pending: Buffer[] = []
  let pendingBytes = 0
  let failure: Error | null = null
  socket.on('data', (chunk: Buffer) => {
    let from = 0
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      const line = Buffer.concat([...pending, chunk.subarray(from, end)])
      pending = []
      pendingBytes = 0
      from = end + 1
      if (line.length > 1) deliver(line)
    }
    if (from < chunk.length) pending.push(chunk.subarray(from))
    pendingBytes += chunk.length - from
    if (pendingBytes > largestLineBytes) socket.destroy(new Error('a QMP line is longer than 64 MiB'))
  })
  const deliver = (line: Buffer) => {
    try {
      onMessage(JSON.parse(line.toString('utf8')))
    } catch (error) {
      socket.destroy(
        new Error(`QEMU sent a line that is not JSON: ${line.toString('utf8', 0, 200)}`, { cause: error }),
      )
    }
  }
  socket.on('error', (error) => {
    failure = error
  })
  socket.once('close', () => onClose(failure))
  return {
    send: (value) => {
      socket.write(`${JSON.stringify(value)}\n`)
    },
    close: () => socket.destroy(),
  }
}
