import type { Guard } from '../../vm/guards.ts'

/**
 * How one product is recognised: one program, service or mark is enough, or all of its ports. Names are lower case; a `*`
 * at the end stands for any rest.
 */
export interface Signature {
  readonly guard: Guard
  readonly product: string
  /** Programs of Linux, which cuts their names off after 15 characters. */
  readonly programs?: readonly string[]
  /** Services of Windows and units of systemd. */
  readonly services?: readonly string[]
  /** A program and a telling word of its arguments; see `GuestFacts.marks`. */
  readonly marks?: readonly string[]
  /** TCP ports, for where the program goes by another name. Only ones that hardly anything else listens on. */
  readonly ports?: readonly number[]
}

const of = (guard: Guard, ...products: readonly Omit<Signature, 'guard'>[]): Signature[] =>
  products.map((product) => ({ guard, ...product }))

export const signatures: readonly Signature[] = [
  ...of(
    'domain-controller',
    { product: 'Active Directory', services: ['ntds'] },
    { product: 'Samba Active Directory', programs: ['samba'], services: ['samba-ad-dc'] },
    { product: 'FreeIPA', services: ['ipa'] },
    { product: 'Kerberos with LDAP', ports: [88, 389, 464] },
  ),
  ...of(
    'cluster-member',
    { product: 'Windows failover cluster', services: ['clussvc'] },
    { product: 'Corosync', programs: ['corosync'], services: ['corosync'] },
    { product: 'Pacemaker', programs: ['pacemakerd'], services: ['pacemaker'] },
    { product: 'Proxmox cluster', programs: ['pmxcfs'], services: ['pve-cluster'] },
    { product: 'Kubernetes', programs: ['kubelet'], services: ['kubelet'] },
    { product: 'K3s', programs: ['k3s', 'k3s-server', 'k3s-agent'], services: ['k3s', 'k3s-agent'] },
    { product: 'RKE2', programs: ['rke2'], services: ['rke2-server', 'rke2-agent'] },
    { product: 'Docker Swarm', ports: [2377] },
    { product: 'Patroni', programs: ['patroni'], services: ['patroni'] },
    { product: 'repmgr', programs: ['repmgrd'], services: ['repmgrd'] },
    { product: 'Nomad', programs: ['nomad'], services: ['nomad'] },
    { product: 'Hadoop', marks: ['java org.apache.hadoop'] },
  ),
  ...of(
    'database',
    { product: 'PostgreSQL', programs: ['postgres', 'postmaster'], services: ['postgresql*'], ports: [5432] },
    {
      product: 'MySQL or MariaDB',
      programs: ['mysqld', 'mariadbd'],
      services: ['mysql*', 'mariadb*'],
      ports: [3306],
    },
    {
      product: 'SQL Server',
      programs: ['sqlservr'],
      services: ['mssqlserver', 'mssql$*', 'mssql-server'],
      ports: [1433],
    },
    { product: 'Oracle', programs: ['ora_pmon_*'], services: ['oracleservice*'], ports: [1521] },
    { product: 'Db2', programs: ['db2sysc'] },
    { product: 'MongoDB', programs: ['mongod'], services: ['mongod', 'mongodb'], ports: [27_017] },
    {
      product: 'Redis or Valkey',
      programs: ['redis-server', 'valkey-server'],
      services: ['redis', 'redis-server', 'valkey', 'valkey-server'],
      ports: [6379],
    },
    { product: 'CouchDB', services: ['couchdb'], ports: [5984] },
    { product: 'InfluxDB', programs: ['influxd'], services: ['influxdb'] },
    { product: 'ClickHouse', programs: ['clickhouse-serv'], services: ['clickhouse-server'] },
    { product: 'Neo4j', services: ['neo4j'], marks: ['java org.neo4j'] },
    { product: 'LDAP directory', programs: ['slapd', 'ns-slapd'], services: ['slapd', 'dirsrv@*'] },
    { product: 'Exchange', services: ['msexchangeis'] },
  ),
  ...of(
    'replicated-application',
    { product: 'PostgreSQL replication', marks: ['postgres walsender', 'postgres walreceiver'] },
    { product: 'Galera', programs: ['garbd'], marks: ['mysqld wsrep', 'mariadbd wsrep'], ports: [4567] },
    { product: 'MySQL group replication', ports: [33_061] },
    { product: 'MongoDB replica set', marks: ['mongod replset'] },
    {
      product: 'Redis or Valkey cluster',
      services: ['redis-sentinel', 'valkey-sentinel'],
      marks: ['redis-server', 'valkey-server'].flatMap((name) => [`${name} cluster`, `${name} sentinel`]),
    },
    { product: 'SQL Server mirroring or availability groups', ports: [1433, 5022] },
    { product: 'Exchange replication', services: ['msexchangerepl'] },
    { product: 'DFS replication', services: ['dfsr', 'ntfrs'] },
    { product: 'etcd', programs: ['etcd'], services: ['etcd'], ports: [2379, 2380] },
    { product: 'Consul', programs: ['consul'], services: ['consul'], ports: [8300] },
    { product: 'ZooKeeper', services: ['zookeeper'], marks: ['java org.apache.zookeeper'] },
    { product: 'Kafka', services: ['kafka'], marks: ['java kafka.kafka'] },
    { product: 'RabbitMQ', services: ['rabbitmq', 'rabbitmq-server'], ports: [25_672] },
    {
      product: 'Cassandra or ScyllaDB',
      programs: ['scylla'],
      services: ['cassandra', 'scylla-server'],
      marks: ['java org.apache.cassandra'],
    },
    {
      product: 'Elasticsearch or OpenSearch',
      services: ['elasticsearch*', 'opensearch*'],
      marks: ['java org.elasticsearch', 'java org.opensearch'],
    },
    { product: 'Solr', services: ['solr'], marks: ['java org.apache.solr'] },
    { product: 'CockroachDB', programs: ['cockroach'], services: ['cockroach*'] },
    { product: 'TiKV', programs: ['tikv-server', 'pd-server'] },
    { product: 'Ceph', programs: ['ceph-mon', 'ceph-osd', 'ceph-mds'] },
    { product: 'GlusterFS', programs: ['glusterd', 'glusterfsd'], services: ['glusterd'] },
    { product: 'DRBD', programs: ['drbd_w_*'], services: ['drbd'] },
    { product: 'MinIO', programs: ['minio'], services: ['minio'] },
    { product: 'Vault', programs: ['vault'], services: ['vault'] },
  ),
]
