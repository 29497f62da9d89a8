/** The routing table: Sigma log source → routes of our events, and Sigma field → path in the event. Data; `pipeline.ts` reads it. */
import type { EventType } from '@rampart/event'

/** Sigma's own three keys. A key that is absent here accepts any value of the rule, stated or not. */
export interface LogSourceMatch {
  product?: string
  category?: string
  service?: string
}

export interface LogSource {
  match: LogSourceMatch
  /** Event types that feed it. `log.recorded:sshd` is the part of `log.recorded` whose service is `sshd`. */
  events: readonly EventFeed[]
  /** Sigma field → event path. The name of an event path is always usable too. */
  fields: Readonly<Record<string, string>>
  /** Only for rules that state nothing else. */
  exact?: boolean
  /** What a rule author must know. */
  note?: string
}

export type EventFeed = EventType | `log.recorded:${string}` | `cloud.called:${string}`

/** Services of `log.recorded` with a route of their own. The rest shares one. */
export const logServices = [
  'sshd',
  'sudo',
  'su',
  'cron',
  'auth',
  'syslog',
  'kernel',
  'systemd',
  'vsftpd',
  'clamav',
  'guacamole',
  'modsecurity',
  'nginx',
  'apache',
  'mysql',
  'postgresql',
  'redis',
  'docker',
] as const

const processFields = {
  Image: 'process.executable',
  CommandLine: 'process.commandLine',
  ProcessId: 'process.pid',
  ProcessGuid: 'process.entityId',
  CurrentDirectory: 'process.workingDirectory',
  LogonId: 'process.sessionId',
  TerminalSessionId: 'process.sessionId',
  User: 'user.name',
  ParentImage: 'process.parent.executable',
  ParentCommandLine: 'process.parent.commandLine',
  ParentProcessId: 'process.parent.pid',
  ParentUser: 'process.parent.user.name',
} as const

const fileFields = { ...processFields, TargetFilename: 'file.path', ObjectName: 'file.path' } as const

const webFields = {
  'cs-method': 'web.method',
  'cs-uri': 'web.url',
  'c-uri': 'web.url',
  'cs-uri-stem': 'web.path',
  'c-uri-stem': 'web.path',
  'cs-uri-query': 'web.query',
  'c-uri-query': 'web.query',
  'sc-status': 'web.status',
  'sc-bytes': 'web.responseBytes',
  'c-ip': 'source.address',
  'c-useragent': 'web.userAgent',
  'cs-user-agent': 'web.userAgent',
  'cs-referer': 'web.referrer',
  'cs-host': 'web.host',
  'cs-username': 'web.username',
  'cs-version': 'web.protocol',
} as const

const networkFields = {
  ...processFields,
  DestinationIp: 'destination.address',
  DestinationPort: 'destination.port',
  DestinationHostname: 'destination.domain',
  SourceIp: 'source.address',
  SourcePort: 'source.port',
  SourceHostname: 'source.domain',
  Protocol: 'transport',
  dst_ip: 'destination.address',
  dst_port: 'destination.port',
  src_ip: 'source.address',
  src_port: 'source.port',
} as const

const alertFields = {
  dst_ip: 'destination.address',
  dst_port: 'destination.port',
  src_ip: 'source.address',
  src_port: 'source.port',
  DestinationIp: 'destination.address',
  DestinationPort: 'destination.port',
  SourceIp: 'source.address',
  SourcePort: 'source.port',
} as const

const logonFields = {
  User: 'user.name',
  TargetUserName: 'user.name',
  SourceIp: 'source.address',
  IpAddress: 'source.address',
} as const

const logFields = { program: 'log.service', pid: 'log.pid' } as const

/**
 * A rule takes the rows it fits best: every key a row states is stated alike by the rule (a rule may leave the product out),
 * product counting more than category and service. Several rows of equal rank all count.
 * Events with a `fields` record (audit, cloud, Kubernetes, network sensors, structured logs) also give every name found in it.
 */
export const logSources: readonly LogSource[] = [
  {
    match: { product: 'linux', category: 'process_creation' },
    events: ['process.started'],
    fields: processFields,
    note: 'Ancestors beyond the parent: `process.ancestors.executable` holds when any of them matches.',
  },
  {
    match: { product: 'linux', category: 'process_termination' },
    events: ['process.ended'],
    fields: processFields,
  },
  {
    match: { product: 'linux', category: 'process_access' },
    events: ['process.accessed'],
    fields: { ...processFields, SourceImage: 'process.executable', TargetImage: 'target.executable' },
  },
  {
    match: { product: 'linux', category: 'file_event' },
    events: ['file.written', 'file.renamed'],
    fields: fileFields,
    note: 'Written and renamed-to alike: `file.path` is the resulting name. Only watched places are reported.',
  },
  { match: { product: 'linux', category: 'file_delete' }, events: ['file.removed'], fields: fileFields },
  {
    match: { product: 'linux', category: 'file_rename' },
    events: ['file.renamed'],
    fields: { ...fileFields, SourceFilename: 'previousPath' },
  },
  { match: { product: 'linux', category: 'file_change' }, events: ['file.mode-changed'], fields: fileFields },
  {
    match: { product: 'linux', category: 'driver_load' },
    events: ['module.loaded'],
    fields: { ...processFields, ImageLoaded: 'module.path' },
  },
  {
    match: { product: 'linux', category: 'network_connection' },
    events: ['network.connected'],
    fields: networkFields,
    note: '`Initiated` is not mapped: every event here is outgoing; incoming ones are `product: rampart, category: network.accepted`.',
  },
  {
    match: { product: 'linux', category: 'dns_query' },
    events: ['dns.asked'],
    fields: { ...processFields, QueryName: 'question.name', QueryResults: 'answers', QueryStatus: 'responseCode' },
  },
  {
    match: { category: 'dns' },
    events: ['dns.asked'],
    fields: { query: 'question.name', record_type: 'question.type', answer: 'answers' },
  },
  { match: { category: 'webserver' }, events: ['web.requested'], fields: webFields },
  { match: { category: 'proxy' }, events: ['web.requested'], fields: webFields },
  { match: { category: 'authentication' }, events: ['logon.attempted'], fields: logonFields },
  {
    match: { product: 'linux', service: 'auditd' },
    events: ['audit.recorded'],
    fields: {},
    note: 'auditd names: `type`, `syscall`, `exe`, `comm`, `name`, `a0` … with hexadecimal values decoded.',
  },
  {
    match: { product: 'linux', service: 'sshd' },
    events: ['logon.attempted', 'log.recorded:sshd'],
    fields: logonFields,
    note: 'Keywords are looked for in the whole line (`message`).',
  },
  {
    match: { product: 'linux', service: 'auth' },
    events: [
      'logon.attempted',
      'log.recorded:auth',
      'log.recorded:sshd',
      'log.recorded:sudo',
      'log.recorded:su',
      'privilege.used',
      'account.changed',
    ],
    fields: logonFields,
  },
  {
    match: { product: 'linux', service: 'sudo' },
    events: ['privilege.used', 'log.recorded:sudo'],
    fields: { User: 'user.name', TargetUserName: 'targetUser.name' },
  },
  { match: { product: 'linux', service: 'syslog' }, events: ['log.recorded'], fields: logFields },
  ...logServices
    .filter((service) => !['sshd', 'auth', 'sudo', 'syslog'].includes(service))
    .map((service): LogSource => ({ match: { service }, events: [`log.recorded:${service}`], fields: logFields })),
  { match: { category: 'antivirus' }, events: ['log.recorded:clamav'], fields: logFields },
  { match: { category: 'application' }, events: ['log.recorded'], fields: logFields },
  { match: { category: 'database' }, events: ['log.recorded'], fields: logFields },
  { match: { product: 'aws', service: 'cloudtrail' }, events: ['cloud.called:aws'], fields: {} },
  { match: { product: 'alibaba', service: 'actiontrail' }, events: ['cloud.called:alibaba'], fields: {} },
  { match: { product: 'azure' }, events: ['cloud.called:azure'], fields: {} },
  { match: { product: 'gcp' }, events: ['cloud.called:gcp'], fields: {} },
  {
    match: { product: 'kubernetes' },
    events: ['kubernetes.called'],
    fields: {},
    note: 'audit.k8s.io/v1 names: `verb`, `objectRef.resource`, `requestObject.spec.containers.securityContext.privileged` … Lists hold when any element matches.',
  },
  { match: { product: 'suricata' }, events: ['network.alerted'], fields: alertFields },
  { match: { product: 'zeek' }, events: ['network.alerted'], fields: alertFields },
  { match: { category: 'firewall' }, events: ['network.alerted'], fields: alertFields },
  { match: { product: 'linux' }, exact: true, events: ['log.recorded'], fields: logFields },
]
