/** Plain Sigma rules without a `rampart:` block (an operator's own, or a rule collection) → models with what Sigma tells about them. */
import type { AlertType, EntityKind, EventType, Stage } from '@rampart/event'
import type { SigmaDocument } from '@rampart/sigma'
import { levelOf, type Model } from './model.ts'
import { eventTypesOf, routesOf } from './pipeline.ts'
import { readAttackTags } from './techniques.ts'

const stageOfTactic: Record<string, Stage> = {
  reconnaissance: 'Attack Portal',
  'resource-development': 'Load Delivery',
  'initial-access': 'Attack Portal',
  execution: 'Load Delivery',
  persistence: 'Permission Maintenance',
  'privilege-escalation': 'Privilege Escalation',
  'defense-evasion': 'Escape Detection',
  'credential-access': 'Privilege Escalation',
  discovery: 'Lateral Movement',
  'lateral-movement': 'Lateral Movement',
  collection: 'Data Leakage',
  'command-and-control': 'Remote Control',
  exfiltration: 'Data Leakage',
  impact: 'Damage',
}

const typeOfCategory: Record<string, AlertType> = {
  process_creation: 'Suspicious Process',
  ps_script: 'Malicious scripts',
  ps_module: 'Malicious scripts',
  network_connection: 'Unusual Network Connection',
  dns_query: 'Unusual Network Connection',
  dns: 'Unusual Network Connection',
  firewall: 'Malicious Network Activity',
  webserver: 'Web Application Threat Detection',
  proxy: 'Web Application Threat Detection',
  authentication: 'Unusual Logon',
  antivirus: 'Malicious Process',
  application: 'Application intrusion event',
  database: 'Application intrusion event',
  registry_set: 'Persistence',
  registry_add: 'Persistence',
}

const typeOfProduct: Record<string, AlertType> = {
  aws: 'Cloud threat detection',
  alibaba: 'Cloud threat detection',
  azure: 'Cloud threat detection',
  gcp: 'Cloud threat detection',
  kubernetes: 'K8s Abnormal Behavior',
}

const entityOfEvent: Partial<Record<EventType, Model['entity']>> = {
  'process.started': { kind: 'process', field: 'process.executable' },
  'process.ended': { kind: 'process', field: 'process.executable' },
  'process.accessed': { kind: 'process', field: 'process.executable' },
  'file.written': { kind: 'file', field: 'file.path' },
  'file.renamed': { kind: 'file', field: 'file.path' },
  'file.removed': { kind: 'file', field: 'file.path' },
  'file.mode-changed': { kind: 'file', field: 'file.path' },
  'network.connected': { kind: 'address', field: 'destination.address' },
  'network.alerted': { kind: 'address', field: 'source.address' },
  'dns.asked': { kind: 'domain', field: 'question.name' },
  'web.requested': { kind: 'address', field: 'source.address' },
  'logon.attempted': { kind: 'account', field: 'user.name' },
  'cloud.called': { kind: 'address', field: 'source.address' },
  'kubernetes.called': { kind: 'kubernetes-identity', field: 'fields.user.username' },
  'windows.recorded': { kind: 'process', field: 'fields.Image' },
}

/** A model for one Sigma rule or correlation. Its prose is the rule's own description; nothing is invented. */
export function modelOfRule(document: SigmaDocument, text: string): Model {
  const source = document.kind === 'correlation' ? undefined : document.logsource
  const requires: EventType[] = source
    ? source.product === 'windows'
      ? ['windows.recorded']
      : eventTypesOf(routesOf(source))
    : []
  const { techniques, tactics } = readAttackTags(document.tags)
  const stages = [...new Set(tactics.flatMap((tactic) => stageOfTactic[tactic] ?? []))]
  const sigmaLevel = document.level ?? 'medium'
  const entity = entityOfEvent[requires[0] ?? 'log.recorded'] ?? { kind: 'asset' as EntityKind, field: 'asset.name' }
  return {
    id: document.id,
    slug: document.path.replace(/^.*\//, '').replace(/\.ya?ml$/, ''),
    path: document.path,
    title: document.title,
    type:
      typeOfProduct[source?.product ?? ''] ??
      typeOfCategory[source?.category ?? ''] ??
      ('Suspicious Event' as AlertType),
    stages: stages.length > 0 ? stages : ['Attack Portal'],
    techniques,
    tactics,
    level: levelOf[sigmaLevel],
    sigmaLevel,
    kind: document.kind === 'correlation' ? 'correlation' : 'sigma',
    status: document.status ?? 'experimental',
    description: document.description ?? '',
    why: '',
    blindSpots: '',
    falsePositives: [...document.falsepositives],
    triage: [],
    advice: [],
    references: [...document.references],
    author: document.author ?? '',
    date: document.date ?? '',
    entity,
    dedupBy: [entity.field],
    requires,
    text,
  }
}
