import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isStillpointError } from '../../../core/error.ts'
import { parametersOf } from '../table/cmdlet.ts'
import { cmdlets, findCmdlet } from '../table/table.ts'
import { bindWords, needsInput, recordsOf } from './bind.ts'
import type { Input } from './input.ts'

function cmdlet(name: string) {
  const found = findCmdlet(name)
  assert.ok(found)
  return found
}

/** What the words are bound to, without input. */
function bound(name: string, ...words: string[]) {
  const [record] = recordsOf(bindWords(cmdlet(name), words), null).records
  assert.ok(record)
  return record
}

function refused(name: string, words: string[], message: RegExp, parameter: string | null) {
  assert.throws(
    () => bound(name, ...words),
    (error) => {
      assert.ok(isStillpointError(error, 'invalid_request'))
      assert.match(error.message, message)
      assert.equal(error.details.parameter, parameter)
      return true
    },
  )
}

test('parameters are found by name, alias and beginning, without regard to case', () => {
  for (const flag of ['-SnapshotName', '-snapshotname', '-CheckpointName', '-Snap', '-S', '–SnapshotName']) {
    assert.equal(
      bound('Checkpoint-VM', '-Name', 'web01', flag, 'Before patch').text('SnapshotName'),
      'Before patch',
    )
  }
  assert.equal(bound('Checkpoint-VM', 'web01', '-SnapshotName:a:b').text('SnapshotName'), 'a:b')
  assert.equal(bound('checkpoint-vm', 'web01', '-wi').flag('WhatIf'), true)
})

test('a parameter of the cmdlet goes before one that all of them have', () => {
  // -Verbose, -VM and -VMName begin with it; the last two are of this cmdlet.
  refused('Get-VMCheckpoint', ['-V', 'x'], /ambiguous\. Possible matches include: -VMName -VM -Verbose/, 'V')
  assert.equal(bound('Set-VM', 'web01', '-Proc', '4').number('ProcessorCount'), 4)
  assert.equal(bound('Get-VMCheckpoint', 'web01', '-Verb').flag('Verbose'), true)
})

test('arguments without a name take the positions that are left', () => {
  const restore = bound('Restore-VMCheckpoint', 'Base', 'web01')
  assert.deepEqual(
    [restore.text('Name'), restore.text('VMName'), restore.setName],
    ['Base', 'web01', 'SnapshotName'],
  )
  const rename = bound('Rename-VMCheckpoint', 'Base', '-NewName', 'Other', 'web01')
  assert.deepEqual(
    [rename.text('Name'), rename.text('VMName'), rename.text('NewName')],
    ['Base', 'web01', 'Other'],
  )
  assert.equal(bound('Checkpoint-VM', 'web01', '--', '-odd name').text('SnapshotName'), '-odd name')
  assert.equal(bound('Checkpoint-VM', 'web01', '-5').text('SnapshotName'), '-5')
})

test('lists are split at commas however the shell splits the words', () => {
  for (const words of [
    ['-Name', 'web01,web02', 'Snap'],
    ['-Name', 'web01,', 'web02', 'Snap'],
    ['web01', ',web02', 'Snap'],
    ['web01', ',', 'web02', 'Snap'],
    ['-Name:web01, web02', 'Snap'],
  ]) {
    const record = bound('Checkpoint-VM', ...words)
    assert.deepEqual(record.texts('Name'), ['web01', 'web02'], words.join(' '))
    assert.equal(record.text('SnapshotName'), 'Snap')
  }
  assert.deepEqual(bound('Checkpoint-VM', 'a`,b,c').texts('Name'), ['a,b', 'c'])
  assert.equal(bound('Checkpoint-VM', 'x', '-SnapshotName', 'a, b').text('SnapshotName'), 'a, b')
})

test('what a shell leaves of $true and $false is what was meant, or is refused', () => {
  const restore = (...words: string[]) =>
    bound('Restore-VMCheckpoint', 'Base', 'web01', ...words).truth('Confirm')
  assert.deepEqual(
    [
      restore('-Confirm:$false'),
      restore('-Confirm:false'),
      restore('-Confirm:'),
      restore('-Confirm'),
      restore(),
    ],
    [false, false, false, true, undefined],
  )
  refused('Checkpoint-VM', ['web01', '-WhatIf:'], /shell replaces \$true and \$false by nothing/, 'WhatIf')
  refused('Set-VM', ['web01', '-Automatic'], /ambiguous/, 'Automatic')
  refused(
    'Set-VM',
    ['web01', '-AutomaticCheckpointsEnabled'],
    /Missing an argument .*'Boolean'.* single quotes/,
    'AutomaticCheckpointsEnabled',
  )
  assert.equal(
    bound('Set-VM', 'x', '-AutomaticCheckpointsEnabled', '$false').truth('AutomaticCheckpointsEnabled'),
    false,
  )
})

test('errors are those of PowerShell and name the parameter', () => {
  const cases: [string, string[], RegExp, string | null][] = [
    [
      'Checkpoint-VM',
      ['-Foo', 'x'],
      /A parameter cannot be found that matches parameter name 'Foo'\./,
      'Foo',
    ],
    ['Checkpoint-VM', [], /one or more missing mandatory parameters: Name\./, 'Name'],
    ['Restore-VMCheckpoint', [], /missing mandatory parameters: Name VMName\./, 'Name'],
    ['Rename-VMCheckpoint', ['a', 'web01'], /missing mandatory parameters: NewName\./, 'NewName'],
    ['Checkpoint-VM', ['-Name'], /Missing an argument for parameter 'Name'\..* type 'String\[\]'/, 'Name'],
    ['Checkpoint-VM', ['-Name', '-Passthru'], /Missing an argument for parameter 'Name'/, 'Name'],
    ['Checkpoint-VM', ['a', '-Name', 'b', '-VMName', 'c'], /'Name' is specified more than once/, 'Name'],
    [
      'Checkpoint-VM',
      ['a', 'b', 'c'],
      /positional parameter cannot be found that accepts argument 'c'/,
      null,
    ],
    ['Checkpoint-VM', ['-Name', 'a', '-VM', 'b'], /cannot be used together: -Name -VM/, 'Name'],
    ['Checkpoint-VM', ['a,,b'], /missing after ','/, 'Name'],
    ['Checkpoint-VM', [''], /empty string/, 'Name'],
    ['Checkpoint-VM', ['$null'], /empty string/, 'Name'],
    ['Checkpoint-VM', ['a', '-ComputerName', 'hv1'], /'ComputerName'.*--host URL/, 'ComputerName'],
    ['Stop-VM', ['a', '-Save'], /'Save' of Hyper-V is not available here: there is no saved state/, 'Save'],
    [
      'Set-VM',
      ['a', '-CheckpointType', 'Foo'],
      /possible enumeration values are "Disabled,Standard,Production,ProductionOnly"/,
      'CheckpointType',
    ],
    [
      'Set-VM',
      ['a', '-ProcessorCount', 'many'],
      /Cannot convert value "many" to type "Int64"/,
      'ProcessorCount',
    ],
    [
      'Set-VM',
      ['a', '-MemoryStartupBytes', 'lots'],
      /Cannot bind parameter 'MemoryStartupBytes'/,
      'MemoryStartupBytes',
    ],
    [
      'Set-VM',
      ['a', '-AutomaticCheckpointsEnabled', 'x'],
      /Cannot convert value "x" to type "Boolean"/,
      'AutomaticCheckpointsEnabled',
    ],
  ]
  for (const [name, words, message, parameter] of cases) refused(name, words, message, parameter)
})

test('values of an enumeration and sizes are those of PowerShell', () => {
  const record = bound('Set-VM', 'a', '-CheckpointType', 'productiononly', '-MemoryStartupBytes', '2GB')
  assert.equal(record.text('CheckpointType'), 'ProductionOnly')
  assert.equal(record.number('MemoryStartupBytes'), 2 * 1024 ** 3)
  assert.equal(bound('Set-VM', 'a', '-CheckpointType', 'Dis').text('CheckpointType'), 'Disabled')
})

test('objects of the pipeline choose the way to call the cmdlet', () => {
  const vm: Input = { kind: 'vm', id: 'aa', name: 'web01' }
  const checkpoint: Input = { kind: 'checkpoint', vm: 'aa', id: 'c1', name: 'Base' }
  const text: Input = { kind: 'text', text: 'web01' }
  const way = (name: string, words: string[], input: Input) => {
    const binding = bindWords(cmdlet(name), words)
    assert.ok(needsInput(binding))
    const { records, errors } = recordsOf(binding, [input])
    return records[0]?.setName ?? errors[0]?.message.slice(0, 36)
  }
  const unbound = 'The input object cannot be bound to '
  const cases: [string, string[], Input, string][] = [
    ['Checkpoint-VM', [], vm, 'VMObject'],
    ['Checkpoint-VM', [], text, 'Name'],
    ['Remove-VM', [], checkpoint, unbound],
    ['Restore-VMCheckpoint', ['-Name', 'Base'], vm, 'VM'],
    ['Restore-VMCheckpoint', ['Base'], vm, 'VM'],
    ['Restore-VMCheckpoint', [], checkpoint, 'SnapshotObject'],
    ['Restore-VMCheckpoint', [], vm, unbound],
    ['Rename-VMCheckpoint', ['-NewName', 'x'], checkpoint, 'SnapshotObject'],
    ['Remove-VMCheckpoint', ['-Name', 'x'], text, 'VMObject'],
    ['Get-VMCheckpoint', [], vm, 'VMObject'],
    ['Wait-Job', [], { kind: 'job', id: 't1' }, 'Job'],
    ['Wait-Job', [], text, 'Id'],
    ['Wait-Job', [], vm, unbound],
  ]
  for (const [name, words, input, expected] of cases) assert.equal(way(name, words, input), expected, name)
})

test('input is waited for only where something is missing that it may stand for', () => {
  assert.equal(needsInput(bindWords(cmdlet('Get-VM'), [])), false)
  assert.equal(needsInput(bindWords(cmdlet('Checkpoint-VM'), ['web01'])), false)
  assert.equal(needsInput(bindWords(cmdlet('Set-VM'), ['-CheckpointType', 'Standard'])), true)
  assert.throws(
    () => needsInput(bindWords(cmdlet('Rename-VMCheckpoint'), ['-Name', 'x', '-VMName', 'y'])),
    /NewName/,
  )
})

const anyCmdlet = fc.constantFrom(...cmdlets)

test('property: whatever the words are, they are bound or refused as an invalid request', () => {
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom(
      '-',
      '--',
      '-Name',
      '-VM',
      '-Confirm:',
      '$null',
      ',',
      '`,',
      '{"Id":"x"}',
      '-WhatIf:$true',
    ),
    anyCmdlet.chain((each) => fc.constantFrom(...parametersOf(each)).map(({ name }) => `-${name}`)),
  )
  fc.assert(
    fc.property(anyCmdlet, fc.array(word, { maxLength: 6 }), (each, words) => {
      try {
        recordsOf(bindWords(each, words), null)
      } catch (error) {
        assert.ok(isStillpointError(error, 'invalid_request'), String(error))
      }
    }),
    { numRuns: 1000 },
  )
})

test('property: a list comes out as it went in, wherever the shell divides it', () => {
  const name = fc
    .string({ minLength: 1, maxLength: 8 })
    .filter((text) => text.trim() === text && !/^[-\u2013-\u2015{`]|`|^\$null$/i.test(text))
  const element = fc.tuple(name, fc.constantFrom(',', ', ', ' ,', ' , '))
  fc.assert(
    fc.property(fc.array(element, { minLength: 1, maxLength: 5 }), (elements) => {
      const line = elements
        .map(([text, comma], index) => [text.replaceAll(',', '`,'), index < elements.length - 1 ? comma : ''])
        .map(([text = '', comma = '']) => `${text}${comma.replaceAll(' ', '\0')}`)
        .join('')
      const words = ['-Name', ...line.split('\0')].filter((word) => word !== '')
      assert.deepEqual(
        bound('Checkpoint-VM', ...words).texts('Name'),
        elements.map(([text]) => text),
      )
    }),
  )
})

test('property: every beginning that is refused belongs to several, and every other one is its parameter', () => {
  fc.assert(
    fc.property(anyCmdlet, fc.nat(), fc.nat(), (each, which, cut) => {
      const parameters = parametersOf(each)
      const parameter = parameters[which % parameters.length]
      assert.ok(parameter)
      const text = parameter.name.slice(0, 1 + (cut % parameter.name.length))
      try {
        const { values } = bindWords(
          each,
          [`-${text.toUpperCase()}`, '1'].slice(0, parameter.type === 'SwitchParameter' ? 1 : 2),
        )
        assert.ok(values.has(parameter.name) || text.length < parameter.name.length)
      } catch (error) {
        assert.ok(isStillpointError(error, 'invalid_request'))
        assert.doesNotMatch(error.message, /cannot be found that matches/)
      }
    }),
  )
})
