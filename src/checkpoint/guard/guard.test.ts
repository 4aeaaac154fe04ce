import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkpointOf, documentOf, hardwareOf, plainRecord } from '../../../test/fixtures/documents.ts'
import { neverAborted } from '../../core/cancel.ts'
import { isStillpointError } from '../../core/error.ts'
import { asId, type VmId } from '../../core/ids.ts'
import type { GuestFacts } from '../../guest/guest-facts.ts'
import type { Checkpoint } from '../../inventory/checkpoint.ts'
import type { VmDocument } from '../../inventory/document.ts'
import { type Guard, guards } from '../../vm/guards.ts'
import { defaultSettings } from '../../vm/settings.ts'
import { afterFallback, decided, findingsOf } from './decide.ts'
import { findEvidence } from './find.ts'
import { decideByKnown, decideGroupGuards, decideGuards, type GuardHost } from './guard.ts'
import { defaultMeasure, rules } from './rules.ts'
import { signatures } from './signatures.ts'

const nothing: GuestFacts = {
  osId: 'debian',
  osName: 'Debian GNU/Linux 12 (bookworm)',
  windowsVersion: null,
  programs: [],
  services: [],
  marks: [],
  listeningPorts: [],
  isDomainController: false,
}

function foundIn(
  facts: Partial<GuestFacts>,
  tags: readonly string[] = [],
): Partial<Record<Guard, readonly string[]>> {
  const document = documentOf({ tags })
  const evidence = findEvidence({ document, groups: [], facts: { ...nothing, ...facts }, target: null })
  return Object.fromEntries(Object.entries(evidence).filter(([, found]) => found.length > 0))
}

test('a guest that does nothing of the kind has no role', () => {
  assert.deepEqual(
    foundIn({
      programs: ['sshd', 'nginx', 'sambal', 'java', 'mysql', 'mysqldump'],
      listeningPorts: [22, 80, 443, 389],
    }),
    {},
  )
})

test('roles are recognised by programs, services, arguments and ports', () => {
  assert.deepEqual(foundIn({ programs: ['postgres'], listeningPorts: [5432] }), {
    database: ['PostgreSQL ("postgres" runs, port 5432 is open)'],
  })
  assert.deepEqual(foundIn({ programs: ['postgres'], marks: ['postgres walreceiver'] }), {
    database: ['PostgreSQL ("postgres" runs)'],
    'replicated-application': ['PostgreSQL replication ("postgres walreceiver" runs)'],
  })
  assert.deepEqual(foundIn({ services: ['mariadb'] }), {
    database: ['MySQL or MariaDB (service "mariadb")'],
  })
  assert.deepEqual(foundIn({ programs: ['corosync', 'pacemakerd'] }), {
    'cluster-member': ['Corosync ("corosync" runs)', 'Pacemaker ("pacemakerd" runs)'],
  })
  assert.deepEqual(foundIn({ services: ['ntds', 'dfsr'], isDomainController: true }), {
    'domain-controller': ['Windows says that it is one', 'Active Directory (service "ntds")'],
    'replicated-application': ['DFS replication (service "dfsr")'],
  })
  assert.deepEqual(foundIn({ services: ['mssql$sqlexpress'] }), {
    database: ['SQL Server (service "mssql$sqlexpress")'],
  })
  assert.deepEqual(foundIn({ listeningPorts: [88, 389, 464] }), {
    'domain-controller': ['Kerberos with LDAP (port 88, 389, 464 is open)'],
  })
})

test('every product is recognised by each of its signs', () => {
  for (const { guard, product, programs = [], services = [], marks = [], ports = [] } of signatures) {
    const ways: Partial<GuestFacts>[] = [
      ...programs.map((name) => ({ programs: [name.replace('*', 'x')] })),
      ...services.map((name) => ({ services: [name.replace('*', 'x')] })),
      ...marks.map((mark) => ({ marks: [mark] })),
      ...(ports.length > 0 ? [{ listeningPorts: ports }] : []),
    ]
    assert.ok(ways.length > 0, product)
    for (const facts of ways) {
      const found = foundIn(facts)[guard] ?? []
      assert.ok(
        found.some((evidence) => evidence.startsWith(`${product} (`)),
        `${product}: ${JSON.stringify(facts)}`,
      )
    }
    for (const name of [...programs, ...services, ...marks]) assert.equal(name, name.toLowerCase())
    for (const name of programs) assert.ok(name.length <= 15, `Linux cuts "${name}" off`)
  }
})

test('roles are set by tag, without regard to case, by their name or a short one', () => {
  for (const guard of guards) assert.deepEqual(Object.keys(foundIn({}, [`role:${guard}`])), [guard])
  assert.deepEqual(foundIn({}, ['Role: DC']), { 'domain-controller': ['the tag "Role: DC"'] })
  assert.deepEqual(foundIn({}, ['group:shop']), { 'multi-tier-application': ['the tag "group:shop"'] })
  assert.deepEqual(foundIn({}, ['role:web', 'domain-controller', 'role:', 'role:constructor']), {})
})

test('a checkpoint brings the roles that were found when it was created, and its group', () => {
  const group = { groupId: 'g', groupName: 'shop', setId: 's' }
  const decision = {
    guard: 'database',
    action: 'warn',
    evidence: 'the tag "role:db"',
    confirmed: false,
  } as const
  const target = checkpointOf('a', null, 'base', { group, record: { ...plainRecord, guards: [decision] } })
  const evidence = findEvidence({ document: documentOf(), groups: ['pair'], facts: null, target })
  assert.deepEqual(evidence.database, ['when the checkpoint was created: the tag "role:db"'])
  assert.deepEqual(evidence['multi-tier-application'], ['the group "pair"', 'the group "shop"'])
})

test('creating is only warned of; applying is confirmed where others do not go back with it', () => {
  for (const guard of guards) {
    assert.equal(defaultMeasure(guard, { operation: 'create' }), 'warn')
    for (const kind of ['standard', 'production', 'offline'] as const) {
      const apply = (noticesApply: boolean, asGroup = false) =>
        defaultMeasure(guard, { operation: 'apply', kind, noticesApply, asGroup })
      assert.equal(apply(false), guard === 'database' ? 'warn' : 'confirm')
      const safe = guard === 'database' || (guard === 'domain-controller' && kind !== 'standard')
      assert.equal(apply(true), safe ? 'warn' : 'confirm')
      assert.equal(apply(false, true), guard === 'domain-controller' ? 'confirm' : 'warn')
    }
  }
})

test('every guard explains its risk and what to do instead', () => {
  for (const guard of guards) {
    const { title, risk, remedy } = rules[guard]
    for (const text of [title, risk, remedy.create, remedy.apply]) assert.ok(text.length > 5)
  }
})

const evidenceOf = (tags: readonly string[]) =>
  findEvidence({
    document: documentOf({ tags, hardware: hardwareOf(1) }),
    groups: [],
    facts: null,
    target: null,
  })
const applying = { operation: 'apply', kind: 'standard', noticesApply: false, asGroup: false } as const
const findings = (settings: typeof defaultSettings.guards) =>
  findingsOf(evidenceOf(['role:dc', 'role:db']), { ...defaultSettings, guards: settings }, applying)

test('what needs no confirmation goes on, and is on record', () => {
  const found = findings({ 'domain-controller': 'warn' })
  assert.deepEqual(decided(found, 'It', false), [
    { guard: 'domain-controller', action: 'warn', evidence: 'the tag "role:dc"', confirmed: false },
    { guard: 'database', action: 'warn', evidence: 'the tag "role:db"', confirmed: false },
  ])
})

test('what needs one is refused without it, with risk and remedy, and on record with it', () => {
  const found = findings({})
  assert.throws(
    () => decided(found, 'Applying "a" to VM "dc1"', false),
    (error) => {
      assert.ok(isStillpointError(error, 'guard_confirmation_required'))
      assert.equal(
        error.message,
        'Applying "a" to VM "dc1" has risks, which were not confirmed. Domain controller: the tag "role:dc".',
      )
      const [first, ...others] = error.details.guards as { guard: string; risk: string; remedy: string }[]
      assert.deepEqual([first?.guard, others], ['domain-controller', []])
      assert.match(first?.risk ?? '', /USN rollback/)
      assert.match(first?.remedy ?? '', /generation device/)
      return true
    },
  )
  assert.deepEqual(
    decided(found, 'It', true).map(({ guard, confirmed }) => [guard, confirmed]),
    [
      ['domain-controller', true],
      ['database', false],
    ],
  )
})

test('what is forbidden is refused, confirmed or not; what is off is not looked at', () => {
  for (const confirmed of [false, true]) {
    assert.throws(
      () => decided(findings({ database: 'forbid' }), 'It', confirmed),
      (error) => isStillpointError(error, 'guard_forbidden') && /Database: the tag/.test(error.message),
    )
  }
  assert.deepEqual(findings({ 'domain-controller': 'off', database: 'off' }), [])
})

test('a standard checkpoint made instead of a production one says so with every risk', () => {
  const decisions = decided(findings({}), 'It', true)
  for (const { evidence } of afterFallback(decisions, 'standard')) assert.match(evidence, /; with its memory/)
  assert.deepEqual(afterFallback(decisions, 'production'), decisions)
})

/** VMs whose guest says what it is when it is asked. */
function hostOf(
  documents: readonly VmDocument[],
  facts: Partial<GuestFacts>,
): GuardHost & { asked: string[] } {
  const asked: string[] = []
  return {
    asked,
    deps: {
      inventory: {
        get: (vmId) => documents.find(({ id }) => id === vmId) ?? assert.fail(`there is no VM ${vmId}`),
      },
      groupsOf: () => ['pair'],
    },
    roles: {
      known: (vmId) => (asked.includes(vmId) ? { facts: { ...nothing, ...facts } } : null),
      refresh: async (vmId) => void asked.push(vmId),
    },
  }
}

const alone = documentOf({ settings: { ...defaultSettings, guards: { 'multi-tier-application': 'off' } } })
const standard = checkpointOf('a', null, 'base', { kind: 'standard' })
const needsConfirmation = (error: unknown) => isStillpointError(error, 'guard_confirmation_required')

test('what is known decides before a task exists, and what the guest says within it', async () => {
  const host = hostOf([alone], { programs: ['etcd'] })
  const intent = { operation: 'apply', checkpoint: standard } as const
  assert.deepEqual(decideByKnown(host, alone, intent, false), [])
  await assert.rejects(decideGuards(host, alone.id, intent, false, neverAborted), needsConfirmation)
  assert.throws(() => decideByKnown(host, alone, intent, false), needsConfirmation)
  const [decision] = await decideGuards(host, alone.id, intent, true, neverAborted)
  assert.deepEqual([decision?.guard, decision?.confirmed], ['replicated-application', true])
})

test('a Windows that looks at the generation device may be put back without memory', async () => {
  const facts = { services: ['ntds'], windowsVersion: 10 }
  const host = hostOf([alone], facts)
  const measures = async (kind: Checkpoint['kind'], generationDevice: boolean) => {
    const hardware = { ...hardwareOf(1), generationDevice }
    const intent = { operation: 'apply', checkpoint: { ...standard, kind, hardware } } as const
    const decisions = await decideGuards(host, alone.id, intent, true, neverAborted)
    return decisions.map(({ action }) => action)
  }
  assert.deepEqual(await measures('production', true), ['warn'])
  assert.deepEqual(await measures('offline', true), ['warn'])
  assert.deepEqual(await measures('standard', true), ['confirm'])
  assert.deepEqual(await measures('production', false), ['confirm'])
})

test('the risks of the VMs of a group are told at once; being in it is none when they go together', async () => {
  const other = documentOf({ id: asId<VmId>('0123456789ac'), name: 'web02' })
  const one = documentOf()
  const host = hostOf([one, other], { programs: ['etcd'] })
  const members = (asGroup: 'whole' | 'partly') =>
    [one, other].map(({ id }) => ({
      vmId: id,
      intent: { operation: 'apply', checkpoint: standard, asGroup } as const,
    }))
  const decide = (asGroup: 'whole' | 'partly', confirmed: boolean) =>
    decideGroupGuards(host, 'pair', members(asGroup), confirmed, neverAborted)
  const together = await decide('whole', false)
  for (const { id } of [one, other])
    assert.deepEqual(
      together.get(id)?.map(({ guard, action }) => [guard, action]),
      [['replicated-application', 'warn']],
    )
  await assert.rejects(decide('partly', false), (error) => {
    assert.ok(needsConfirmation(error))
    assert.match(String(error), /VM "web01", etcd.*VM "web02", etcd/)
    return true
  })
  assert.equal((await decide('partly', true)).get(other.id)?.[0]?.confirmed, true)
})
