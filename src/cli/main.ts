import { enableCompileCache } from 'node:module'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runCli } from './run.ts'

// In the user's own folder: what is in the cache is executed, and anyone can write to the default place.
const cacheHome = process.env.XDG_CACHE_HOME ?? ''
enableCompileCache(join(isAbsolute(cacheHome) ? cacheHome : join(homedir(), '.cache'), 'stillpoint/compile'))

// Whoever reads the output may have seen enough (`| head`).
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

process.exitCode = await runCli(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
  daemonProgram: fileURLToPath(new URL('../../bin/stillpointd', import.meta.url)),
  folder: process.cwd(),
  now: () => new Date(),
  signalProcess: (pid, signal) => process.kill(pid, signal),
  onInterrupt(listener) {
    process.on('SIGINT', listener)
    return () => process.off('SIGINT', listener)
  },
})
