import { StillpointError } from '../../core/error.ts'
import { ask } from '../confirm.ts'
import type { Context } from '../context.ts'
import { plain } from '../format.ts'
import type { Bound } from './binding/bound.ts'
import type { Cmdlet } from './table/cmdlet.ts'

const choices = '[Y] Yes  [A] Yes to All  [N] No  [L] No to All  (default is "N"): '

/** Whether a change is to be made: what -WhatIf and -Confirm are for. One for all targets of a call. */
export interface Decisions {
  /**
   * False when it is not to be done, which was said or decided then. `target` is the name of what is changed; `loss`
   * says what cannot be taken back. Errors: `confirmation_required`; `cancelled` for Ctrl-C.
   */
  shall(target: string, loss?: string): Promise<boolean>
}

export function createDecisions(context: Context, cmdlet: Cmdlet, bound: Bound): Decisions {
  const operation = cmdlet.name
  const { stdout, stderr } = context.system
  const isVerbose = bound.flag('Verbose')
  const isHigh = cmdlet.confirms === 'high' && !bound.flag('Force')
  const isWhatIf = bound.flag('WhatIf')
  const asks = !isWhatIf && (bound.truth('Confirm') ?? isHigh)
  let forAll: boolean | null = null

  function sayWhatIf(target: string): void {
    if (context.isJson) {
      stdout.write(`${JSON.stringify({ WhatIf: true, Operation: operation, Target: target })}\n`)
    } else {
      stdout.write(`What if: Performing the operation "${operation}" on target "${plain(target)}".\n`)
    }
  }

  async function answer(target: string, loss: string): Promise<boolean> {
    const what = `Performing the operation "${operation}" on target "${target}".`
    if (!context.isInteractive) {
      throw new StillpointError(
        'confirmation_required',
        `${loss || what} Nobody can be asked here: add -Confirm:$false to confirm it.`,
        { details: { flag: '-Confirm:$false', parameter: 'Confirm', target } },
      )
    }
    stderr.write(`\nConfirm\nAre you sure you want to perform this action?\n${plain(what)}\n`)
    if (loss) stderr.write(`${plain(loss)}\n`)
    for (;;) {
      const letter = (await ask(context, choices)).toLowerCase()
      if (/^(a|yes to all)$/.test(letter)) forAll = true
      if (/^(l|no to all)$/.test(letter)) forAll = false
      if (forAll !== null) return forAll
      if (/^y(es)?$/.test(letter)) return true
      if (/^(no?)?$/.test(letter)) return false
    }
  }

  return {
    async shall(target, loss = '') {
      if (isWhatIf) {
        sayWhatIf(target)
        return false
      }
      const shall = !asks || (forAll ?? (await answer(target, loss)))
      if (shall && isVerbose && !context.isJson) {
        stderr.write(`VERBOSE: Performing the operation "${operation}" on target "${plain(target)}".\n`)
      }
      return shall
    },
  }
}
