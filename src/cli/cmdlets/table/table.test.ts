import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { syntaxOf } from '../help/syntax.ts'
import { verbs } from '../verbs.ts'
import { commonParameters, parametersOf } from './cmdlet.ts'
import { cmdlets, findCmdlet, similarNames } from './table.ts'

test('every row of the table can be run, and everything that can be run is a row', () => {
  assert.deepEqual(cmdlets.map(({ name }) => name).sort(), Object.keys(verbs).sort())
})

test('names and aliases mean one thing each', () => {
  const names = cmdlets.flatMap(({ name, aliases }) => [name, ...aliases]).map((name) => name.toLowerCase())
  assert.equal(new Set(names).size, names.length)
  for (const cmdlet of cmdlets) {
    const known = [...parametersOf(cmdlet), ...commonParameters]
      .flatMap(({ name, aliases }) => [name, ...aliases])
      .concat(Object.keys(cmdlet.refused))
      .map((name) => name.toLowerCase())
    assert.equal(new Set(known).size, known.length, cmdlet.name)
  }
})

test('a set has a position once, and a parameter is of the same type in all of them', () => {
  for (const cmdlet of cmdlets) {
    for (const { parameters } of cmdlet.sets) {
      const positions = parameters.flatMap(({ position }) => (position === null ? [] : [position]))
      assert.equal(new Set(positions).size, positions.length, cmdlet.name)
      for (const each of parameters) {
        const same = parametersOf(cmdlet).find(({ name }) => name === each.name)
        assert.equal(same?.type, each.type, `${cmdlet.name} -${each.name}`)
      }
    }
  }
})

test('the syntax is in the notation of PowerShell', () => {
  const checkpoint = findCmdlet('checkpoint-vm')
  assert.ok(checkpoint)
  assert.deepEqual(syntaxOf(checkpoint), [
    'Checkpoint-VM [-Name] <String[]> [[-SnapshotName] <String>] [-AcceptRisk] [-AsJob] [-Passthru] [-WhatIf] [-Confirm] [<CommonParameters>]',
    'Checkpoint-VM [-VM] <VirtualMachine[]> [[-SnapshotName] <String>] [-AcceptRisk] [-AsJob] [-Passthru] [-WhatIf] [-Confirm] [<CommonParameters>]',
  ])
})

test('the old names are aliases, and a slip is told what may have been meant', () => {
  for (const verb of ['Get', 'Restore', 'Remove', 'Rename', 'Export']) {
    assert.equal(findCmdlet(`${verb}-VMSnapshot`)?.name, `${verb}-VMCheckpoint`)
  }
  assert.deepEqual(similarNames('Chekpoint-VM'), ['Checkpoint-VM'])
  assert.deepEqual(similarNames('Format-Disk'), [])
})

test('docs/cmdlets.md lists the cmdlets, their differences and their syntax', () => {
  const text = readFileSync(new URL('../../../../docs/cmdlets.md', import.meta.url), 'utf8')
  const section = (title: string) => text.split(`\n## ${title}\n`)[1]?.split('\n## ')[0] ?? ''
  const rows = (title: string) =>
    section(title)
      .split('\n')
      .filter((line) => line.startsWith('| `'))
  const code = (word: string) => (word === '' ? '' : `\`${word}\``)
  assert.deepEqual(
    rows('The cmdlets'),
    cmdlets.map(
      ({ name, aliases, synopsis, native }) =>
        `| ${code(name)} | ${aliases.map(code).join(', ')} | ${synopsis} | ${code(native)} |`,
    ),
  )
  assert.deepEqual(
    rows('Differences to Hyper-V'),
    cmdlets
      .filter(({ differences }) => differences !== '')
      .map(({ name, differences }) => `| ${code(name)} | ${differences} |`),
  )
  assert.deepEqual(section('Syntax').match(/^[A-Z][\w-]+ .*$/gm), cmdlets.flatMap(syntaxOf))
})
