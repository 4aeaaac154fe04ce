import { existsSync, readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Bench, BenchCase } from './harness/definition.ts'
import { type Figure, figuresOf } from './harness/figure.ts'
import { type Options, parseOptions, UsageError, usage } from './harness/options.ts'
import { Sheet } from './harness/sheet.ts'
import { tableOf } from './harness/table.ts'
import { openWorkshop, type Workshop } from './harness/workshop.ts'

/**
 * `npm run bench -- NAME` runs `bench/NAME/`. A missed target is told and is no failure; an operation
 * that fails is one (exit code 1), but the other cases still run.
 */
const benchNames = readdirSync(import.meta.dirname).filter((name) =>
  existsSync(`${import.meta.dirname}/${name}/bench.ts`),
)

async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args)
  const bench = await load(options.bench)
  const cases = chosen(bench, options)
  const workshop = openWorkshop(options)
  const ended = Promise.withResolvers<void>()
  let isEnding = false
  const end = async (signal: string) => {
    if (isEnding) return // an impatient second Ctrl-C would leave everything behind
    isEnding = true
    workshop.say(`${signal}: ending what was started`)
    // What the case has under way fails now; whatever it made meanwhile goes at the second time.
    await workshop.clear()
    await Promise.race([ended.promise, sleep(20_000)])
    await workshop.clear()
    process.exit(1)
  }
  process.on('SIGINT', end).on('SIGTERM', end)
  const figures: Figure[] = []
  const failures: string[] = []
  for (const each of cases) {
    if (isEnding) break
    const sheet = new Sheet(each.name)
    failures.push(...(await runCase(each, options, workshop, sheet, () => isEnding)))
    const found = figuresOf(bench.name, sheet, each.targets)
    figures.push(...found)
    if (options.json) for (const figure of found) process.stdout.write(`${JSON.stringify(figure)}\n`)
  }
  ended.resolve()
  if (isEnding) return await new Promise<never>(() => {}) // the listener ends the process
  await workshop.clear()
  const table = `${tableOf(figures)}\n`
  if (options.json) process.stderr.write(table)
  else process.stdout.write(table)
  for (const failure of failures) workshop.say(`FAILED ${failure}`)
  return failures.length === 0 ? 0 : 1
}

async function load(name: string): Promise<Bench> {
  if (!benchNames.includes(name)) throw new UsageError(`There is no bench "${name}".`)
  const { bench } = (await import(`./${name}/bench.ts`)) as { bench: Bench } // what each of these files exports
  return bench
}

function chosen(bench: Bench, { only, peer }: Options): BenchCase[] {
  const unknown = only.find((name) => !bench.cases.some((each) => each.name === name))
  if (unknown !== undefined) throw new UsageError(`Bench "${bench.name}" has no case "${unknown}".`)
  if (peer !== null && !bench.cases.some(({ peers }) => peer in peers))
    throw new UsageError(`Bench "${bench.name}" has no peer "${peer}".`)
  return bench.cases.filter(({ name }) => only.length === 0 || only.includes(name))
}

/** Returns what failed. */
async function runCase(
  { name, title, run, peers }: BenchCase,
  { peer }: Options,
  workshop: Workshop,
  sheet: Sheet,
  isEnding: () => boolean,
): Promise<string[]> {
  const failures: string[] = []
  const attempt = async (who: string, work: typeof run) => {
    if (isEnding()) return
    workshop.say(`${name} (${who}): ${title}`)
    try {
      await work(workshop, sheet)
    } catch (error) {
      failures.push(`${name} (${who}): ${error instanceof Error ? error.message : error}`)
      workshop.say(`  failed: ${error instanceof Error ? error.stack : error}`)
    }
  }
  await attempt('Stillpoint', run)
  const peerWork = peer === null ? undefined : peers[peer]
  if (peer !== null && peerWork) await attempt(peer, peerWork)
  return failures
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  process.stderr.write(`${error.message}\n\n${usage}\n\nBenches: ${benchNames.join(', ')}\n`)
  process.exitCode = 2
}
