import { z } from 'zod'

/** What a guest's agent tells about what it does, as far as it is looked at. Names are lower case. */
export const guestFactsSchema = z.object({
  /** `debian`, `mswindows`…; null when the agent does not tell. */
  osId: z.string().nullable(),
  osName: z.string().nullable(),
  /** Windows: the kernel's version, as 10.0; null elsewhere. */
  windowsVersion: z.number().nullable(),
  /** Programs that run; not told by Windows. */
  programs: z.array(z.string()).readonly(),
  /** Services that run (Windows), or are started with the system (systemd). */
  services: z.array(z.string()).readonly(),
  /** What tells a program's part where its name does not, as `postgres walreceiver` or `java kafka.kafka`. */
  marks: z.array(z.string()).readonly(),
  listeningPorts: z.array(z.int()).readonly(),
  /** Windows says of itself that it is a domain controller. */
  isDomainController: z.boolean(),
})
export type GuestFacts = z.infer<typeof guestFactsSchema>

/** More is not read: a guest is not trusted, and these are kept. */
const limits = { names: 2000, ports: 2000, nameLength: 80 } as const

/** What stands for a part that a program plays; looked for in its arguments, of which nothing else leaves the guest. */
const tellingArguments = [
  ...['walsender', 'walreceiver', 'wsrep', 'replSet', 'cluster', 'sentinel'],
  ...['kafka\\.Kafka', 'org\\.apache\\.cassandra', 'org\\.apache\\.zookeeper', 'org\\.elasticsearch'],
  ...['org\\.opensearch', 'org\\.apache\\.solr', 'org\\.apache\\.hadoop', 'org\\.neo4j'],
]

/**
 * For `sh` in a Linux guest. Lines out: `r NAME` a program that runs, `m NAME WORD` a mark, `e UNIT` an enabled
 * service, `t LINE` a listening socket of /proc/net/tcp. It needs procfs and grep, reads only, and starts nothing that stays.
 */
export const linuxScript = `
for p in /proc/[0-9]*; do
  read -r n <"$p/comm" || continue
  echo "r $n"
  case "$n" in
    java|postgres|mysqld|mariadbd|mongod|redis-server|valkey-server)
      grep -aoE '${tellingArguments.join('|')}' "$p/cmdline" | while read -r w; do echo "m $n $w"; done ;;
  esac
done 2>/dev/null | sort -u
for u in /etc/systemd/system/*.wants/*.service; do [ -e "$u" ] && echo "e \${u##*/}"; done
grep -hE '^ *[0-9]+: [0-9A-F]+:[0-9A-F]+ [0-9A-F]+:[0-9A-F]+ 0A ' /proc/net/tcp /proc/net/tcp6 2>/dev/null |
  while read -r l; do echo "t $l"; done
exit 0
`

type Found = Pick<GuestFacts, 'programs' | 'services' | 'marks' | 'listeningPorts'>

/** Reads what `linuxScript` printed; lines of another form are passed over. */
export function readLinux(text: string): Found {
  const values = (kind: string) =>
    text.split('\n').flatMap((line) => (line.startsWith(`${kind} `) ? [line.slice(2)] : []))
  return {
    programs: names(values('r')),
    services: names(values('e').map((unit) => unit.replace(/\.service$/, ''))),
    marks: names(values('m')),
    // `0: 0100007F:1538 00000000:0000 0A …`: the port is the second half of the first address.
    listeningPorts: ports(
      values('t').map((line) => /^\d+: [\dA-F]+:([\dA-F]{4}) /.exec(line)?.[1]),
      16,
    ),
  }
}

/** What Windows is asked: programs of its own, none of which takes long or changes anything. */
export const windowsCommands = {
  services: { path: 'sc.exe', arg: ['query', 'type=', 'service', 'bufsize=', '65536'] },
  sockets: { path: 'netstat.exe', arg: ['-a', '-n'] },
  product: {
    path: 'reg.exe',
    arg: ['query', 'HKLM\\SYSTEM\\CurrentControlSet\\Control\\ProductOptions', '/v', 'ProductType'],
  },
} as const

/** Reads what Windows answered. Words that Windows translates are not looked at. */
export function readWindows(
  answers: Readonly<Record<keyof typeof windowsCommands, string>>,
): Found & Pick<GuestFacts, 'isDomainController'> {
  const lines = (text: string) => text.split(/\r?\n/)
  return {
    // `sc query` lists the services that run.
    services: names(
      lines(answers.services)
        .map((line) => /^SERVICE_NAME: (\S.*)$/.exec(line)?.[1])
        .filter(isService),
    ),
    programs: [],
    marks: [],
    // A socket that listens has no other side: `TCP  0.0.0.0:88  0.0.0.0:0  …`.
    listeningPorts: ports(
      lines(answers.sockets).map((line) => /^\s*TCP\s+\S+:(\d+)\s+(?:0\.0\.0\.0|\[::\]):0\s/.exec(line)?.[1]),
      10,
    ),
    isDomainController: /\bREG_SZ\s+LanmanNT\b/.test(answers.product),
  }
}

function isService(name: string | undefined): name is string {
  return name !== undefined
}

function names(values: readonly string[]): string[] {
  // Whatever a guest says may be shown on a terminal.
  const clean = values.map((value) =>
    value
      .replace(/\p{Cc}/gu, '')
      .trim()
      .toLowerCase()
      .slice(0, limits.nameLength),
  )
  return [...new Set(clean)]
    .filter((value) => value !== '')
    .sort()
    .slice(0, limits.names)
}

function ports(values: readonly (string | undefined)[], radix: number): number[] {
  const numbers = values.flatMap((value) => (value === undefined ? [] : [Number.parseInt(value, radix)]))
  const valid = numbers.filter((port) => Number.isInteger(port) && port > 0 && port < 65_536)
  return [...new Set(valid)].sort((a, b) => a - b).slice(0, limits.ports)
}
