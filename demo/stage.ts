import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { styleText } from 'node:util'
import { execa } from 'execa'
import { pollUntil } from '../src/core/deadline.ts'
import { readVmJson } from '../src/inventory/vm-json.ts'
import { runInGuest } from '../tools/guest/run-in-guest.ts'

const stillpoint = fileURLToPath(new URL('../bin/stillpoint', import.meta.url))

/** What the demo shows: commands as a person types them, and what happens in the guest. */
export class Stage {
  readonly home: string
  readonly environment: Record<string, string>

  /** `listen`: never the usual address, which belongs to the daemon that this host may have. */
  constructor(home: string, listen: string) {
    this.home = home
    this.environment = { STILLPOINT_HOME: home, STILLPOINT_LISTEN: listen }
  }

  title(text: string): void {
    process.stdout.write(`\n${styleText('bold', text)}\n`)
  }

  say(text: string): void {
    process.stdout.write(`  ${text}\n`)
  }

  /** Runs a command of the CLI before the eyes of whoever watches. Fails when it does. */
  async type(...args: string[]): Promise<void> {
    const shown = args.map((arg) => (/^[\w./:=,@-]+$/.test(arg) ? arg : `'${arg}'`)).join(' ')
    process.stdout.write(`${styleText('cyan', '  $')} stillpoint ${shown}\n`)
    const child = spawn(stillpoint, args, {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...this.environment },
    })
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    child.once('error', reject)
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`stillpoint ${shown} ended with exit code ${code}`)),
    )
    await promise
  }

  /** Asks the CLI for data. */
  async ask(...args: string[]): Promise<Record<string, unknown>> {
    const { stdout } = await execa(stillpoint, [...args, '--json'], {
      env: this.environment,
      stdin: 'ignore',
    })
    return JSON.parse(stdout)
  }

  /** Runs a command inside the guest of a VM. */
  async inGuest(vmId: string, command: string): Promise<string> {
    const { instance } = await readVmJson(join(this.home, 'vms', vmId, 'vm.json'))
    if (!instance) throw new Error('the VM does not run')
    process.stdout.write(`${styleText('magenta', '  guest#')} ${command}\n`)
    const printed = await runInGuest(join(instance.runFolder, 'agent.sock'), command)
    for (const line of printed.split('\n').filter((each) => each !== '')) this.say(`  ${line}`)
    return printed
  }

  console(vmId: string): string {
    return readFileSync(join(this.home, 'vms', vmId, 'console.log'), 'latin1')
  }

  /** Waits for something on the guest's console, behind its first `from` characters. */
  async until(vmId: string, pattern: RegExp, from = 0): Promise<RegExpExecArray> {
    return await pollUntil(() => pattern.exec(this.console(vmId).slice(from)) ?? undefined, {
      timeoutMs: 180_000,
      everyMs: 20,
      what: `The guest's console showing ${pattern}`,
    })
  }
}
