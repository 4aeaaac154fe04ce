import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cmdletLine } from './command-line.ts'

test('a line is that of a cmdlet when its first word has a verb and a noun', () => {
  for (const args of [[], ['vm', 'list'], ['--version'], ['--json', 'vm', 'show', 'Get-VM'], ['-h']]) {
    assert.equal(cmdletLine(args), null, args.join(' '))
  }
  assert.equal(cmdletLine(['get-vm'])?.name, 'get-vm')
})

test('the options of every command stand before the cmdlet and after it', () => {
  const line = cmdletLine(['--host', 'http://h:1', 'Get-VM', '--json', 'web01', '--token-file=t=1'])
  assert.deepEqual(line, {
    name: 'Get-VM',
    args: ['web01'],
    options: { json: true, host: 'http://h:1', tokenFile: 't=1' },
    help: false,
  })
  assert.deepEqual(cmdletLine(['Get-VM', '--', '--json'])?.args, ['--', '--json'])
  assert.equal(cmdletLine(['Get-VM', '-?'])?.help, true)
  assert.equal(cmdletLine(['Get-VM', '--help'])?.help, true)
})
