import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import fc from 'fast-check'
import { linuxScript, readLinux, readWindows } from './guest-facts.ts'

const debian = `r cron
r postgres
r sshd
m postgres walreceiver
e ssh.service
e postgresql.service
t 0: 0100007F:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000   107        0 16522 1 0 100 0 0 10 0
t 1: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 15005 1 0 100 0 0 10 0
t 0: 00000000000000000000000001000000:1538 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000   107        0 16521 1 0
`

test('a Linux guest tells its programs, services, marks and ports', () => {
  assert.deepEqual(readLinux(debian), {
    programs: ['cron', 'postgres', 'sshd'],
    services: ['postgresql', 'ssh'],
    marks: ['postgres walreceiver'],
    listeningPorts: [22, 5432],
  })
})

test('the script for Linux guests runs in the shell of this machine, and finds what runs here', () => {
  const { stdout, stderr, status } = spawnSync('/bin/sh', ['-c', linuxScript], { encoding: 'utf8' })
  assert.deepEqual([status, stderr], [0, ''])
  assert.ok(readLinux(stdout).programs.includes('sh'), stdout.slice(0, 2000))
})

const services = `
SERVICE_NAME: NTDS
DISPLAY_NAME: Active Directory-Domänendienste
        TYPE               : 20  WIN32_SHARE_PROCESS
        STATE              : 4  RUNNING
                                (STOPPABLE, NOT_PAUSABLE, ACCEPTS_SHUTDOWN)

SERVICE_NAME: MSSQL$SQLEXPRESS
DISPLAY_NAME: SQL Server (SQLEXPRESS)
        TYPE               : 10  WIN32_OWN_PROCESS
        STATE              : 4  RUNNING
`.replaceAll('\n', '\r\n')

const sockets = `
Aktive Verbindungen

  Proto  Lokale Adresse         Remoteadresse          Status
  TCP    0.0.0.0:88             0.0.0.0:0              ABHÖREN
  TCP    10.0.0.4:50123         10.0.0.5:445           HERGESTELLT
  TCP    [::]:389               [::]:0                 ABHÖREN
  UDP    0.0.0.0:123            *:*
`.replaceAll('\n', '\r\n')

const product = `
HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\ProductOptions
    ProductType    REG_SZ    LanmanNT
`.replaceAll('\n', '\r\n')

test('a Windows guest tells its services, its ports and that it is a controller, in any language', () => {
  assert.deepEqual(readWindows({ services, sockets, product }), {
    programs: [],
    services: ['mssql$sqlexpress', 'ntds'],
    marks: [],
    listeningPorts: [88, 389],
    isDomainController: true,
  })
  assert.equal(
    readWindows({ services, sockets, product: product.replace('LanmanNT', 'ServerNT') }).isDomainController,
    false,
  )
})

test('a guest that says anything at all is read, within limits, and says nothing that a terminal obeys', () => {
  const line = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('r ', 't 0: 0:FFFFF', 'e \x1b[2J', 'm a\x07'),
  )
  fc.assert(
    fc.property(fc.array(line.map((text) => `r ${text}\n${text}`)), (lines) => {
      const text = lines.join('\n')
      const { programs, marks, services, listeningPorts } = readLinux(text)
      for (const name of [...programs, ...marks, ...services]) {
        assert.doesNotMatch(name, /\p{Cc}/u)
        assert.ok(name.length <= 80 && name !== '')
      }
      for (const port of listeningPorts) assert.ok(port > 0 && port < 65_536)
      readWindows({ services: text, sockets: text, product: text })
    }),
  )
  assert.equal(
    readLinux(Array.from({ length: 9000 }, (_, each) => `r p${each}`).join('\n')).programs.length,
    2000,
  )
})
