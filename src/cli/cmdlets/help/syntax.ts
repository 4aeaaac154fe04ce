import type { Cmdlet, Parameter } from '../table/cmdlet.ts'

/** One line for each way to call the cmdlet, as PowerShell writes them: `Stop-VM [-Name] <String[]> [-Force]…`. */
export function syntaxOf({ name, sets }: Cmdlet): string[] {
  return sets.map(({ parameters }) => {
    const inOrder = [
      ...parameters.filter(({ position }) => position !== null).sort(byPosition),
      ...parameters.filter(({ position, mandatory }) => position === null && mandatory),
      ...parameters.filter(({ position, mandatory }) => position === null && !mandatory),
    ]
    return [name, ...inOrder.map(notation), '[<CommonParameters>]'].join(' ')
  })
}

function notation({ name, type, typeName, position, mandatory }: Parameter): string {
  const flag = position === null ? `-${name}` : `[-${name}]`
  const text = type === 'SwitchParameter' ? flag : `${flag} <${typeName}>`
  return mandatory ? text : `[${text}]`
}

function byPosition(a: Parameter, b: Parameter): number {
  return (a.position ?? 0) - (b.position ?? 0)
}
