import { createInterface } from 'node:readline/promises'
import { StillpointError } from '../core/error.ts'
import type { Context } from './context.ts'

/**
 * Asks whether to go on; the answer is no unless it is yes.
 * Errors: `cancelled` for no; `confirmation_required` where nobody can be asked.
 */
export async function confirm(context: Context, loss: string, question: string): Promise<void> {
  requireInteractive(context, loss)
  context.remark(loss)
  const answer = await ask(context, `${question} [y/N] `)
  if (!/^y(es)?$/i.test(answer)) throw refused()
}

export interface Choice<T> {
  readonly label: string
  /** Null is the way out. */
  readonly value: T | null
}

/** Has one of several chosen; the last one is taken when nothing is. Errors: as `confirm`. */
export async function choose<T>(context: Context, loss: string, choices: readonly Choice<T>[]): Promise<T> {
  requireInteractive(context, loss)
  context.remark(loss)
  for (const [index, { label }] of choices.entries()) context.remark(`  ${index + 1}  ${label}`)
  for (;;) {
    const answer =
      (await ask(context, `Choose 1 to ${choices.length} [${choices.length}]: `)) || choices.length
    const choice = choices[Number(answer) - 1]
    if (choice?.value === null) throw refused()
    if (choice) return choice.value
  }
}

function requireInteractive(context: Context, loss: string): void {
  if (context.isInteractive) return
  throw new StillpointError(
    'confirmation_required',
    `${loss} Nobody can be asked here: add --yes to confirm it.`,
    { details: { flag: '--yes' } },
  )
}

function refused(): StillpointError {
  return new StillpointError('cancelled', 'Cancelled; nothing was done.')
}

/** The answer without the blanks around it. Error: `cancelled` for Ctrl-C and Ctrl-D. */
export async function ask(context: Context, question: string): Promise<string> {
  const { stdin, stderr } = context.system
  const prompt = createInterface({ input: stdin, output: stderr })
  try {
    return await new Promise<string>((resolve, reject) => {
      // Ctrl-C and Ctrl-D end the prompt without an answer.
      prompt.once('close', () => reject(refused()))
      prompt.question(question).then((answer) => resolve(answer.trim()), reject)
    })
  } finally {
    prompt.close()
  }
}
