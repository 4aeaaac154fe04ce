import { nameMatcher } from '../../../vm/wildcard.ts'
import type { Bound } from '../binding/bound.ts'
import type { Session } from '../session.ts'
import { cmdlets } from '../table/table.ts'

export async function run(session: Session, bound: Bound): Promise<void> {
  const matchers = (bound.texts('Name') ?? ['*']).map(nameMatcher)
  const matches = (name: string) => matchers.some((each) => each(name))
  for (const cmdlet of cmdlets) {
    if (matches(cmdlet.name)) {
      session.print({
        kind: 'command',
        object: { CommandType: 'Cmdlet', Name: cmdlet.name, Definition: cmdlet.synopsis },
      })
    }
    for (const alias of cmdlet.aliases.filter(matches)) {
      session.print({
        kind: 'command',
        object: { CommandType: 'Alias', Name: alias, Definition: cmdlet.name },
      })
    }
  }
}
