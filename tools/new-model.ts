/** `tools/node tools/new-model.ts "<alert type>" "<title>" [event type] [--models DIR]` → a folder to fill in, and what to do next. */
import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { alertTypes, type EventType, eventTypes, slugOf } from '@rampart/event'
import { shippedModels } from '@rampart/models'

/** What a model of the type mostly reads: log source, a first selection, entity, and a sample line. */
interface Template {
  logsource: string
  selection: string
  entity: string
  requires: EventType
  sample: { name: string; attack: string; benign: string }
}

const processSample = (executable: string, commandLine: string) =>
  JSON.stringify({
    type: 'process.started',
    user: { id: 33, name: 'www-data' },
    process: { pid: 4201, executable, commandLine, ancestors: [{ pid: 900, executable: '/usr/sbin/nginx' }] },
  })
const fileSample = (path: string) =>
  JSON.stringify({
    type: 'file.written',
    user: { id: 0, name: 'root' },
    file: { path },
    process: { pid: 4201, executable: '/usr/bin/bash', commandLine: 'bash' },
  })
const logonSample = (user: string) =>
  `Nov 23 02:10:00 web-1 sshd[3001]: Accepted password for ${user} from 203.0.113.45 port 40000 ssh2`
const webSample = (target: string) =>
  `203.0.113.50 - - [23/Nov/2026:02:10:00 +0000] "GET ${target} HTTP/1.1" 200 512 "-" "Mozilla/5.0"`

const templates: Partial<Record<EventType, Template>> = {
  'process.started': {
    logsource: '  product: linux\n  category: process_creation',
    selection: '    CommandLine|contains: TODO',
    entity: 'process.executable',
    requires: 'process.started',
    sample: {
      name: 'TODO.ndjson',
      attack: processSample('/usr/bin/TODO', 'TODO'),
      benign: processSample('/usr/bin/ls', 'ls -l'),
    },
  },
  'file.written': {
    logsource: '  product: linux\n  category: file_event',
    selection: '    file.path|startswith: /TODO/',
    entity: 'file.path',
    requires: 'file.written',
    sample: { name: 'TODO.ndjson', attack: fileSample('/TODO/x'), benign: fileSample('/srv/data/x') },
  },
  'network.connected': {
    logsource: '  product: linux\n  category: network_connection',
    selection: '    DestinationPort: 0',
    entity: 'destination.address',
    requires: 'network.connected',
    sample: {
      name: 'TODO.ndjson',
      attack: JSON.stringify({
        type: 'network.connected',
        transport: 'tcp',
        source: { address: '192.0.2.5' },
        destination: { address: '203.0.113.9', port: 4444 },
        process: { pid: 4201, executable: '/usr/bin/TODO', commandLine: 'TODO' },
      }),
      benign: JSON.stringify({
        type: 'network.connected',
        transport: 'tcp',
        source: { address: '192.0.2.5' },
        destination: { address: '192.0.2.10', port: 5432 },
        process: { pid: 4202, executable: '/usr/bin/psql', commandLine: 'psql' },
      }),
    },
  },
  'logon.attempted': {
    logsource: '  category: authentication\n  product: linux',
    selection: '    outcome: success',
    entity: 'user.name',
    requires: 'logon.attempted',
    sample: { name: 'TODO.sshd.log', attack: logonSample('root'), benign: logonSample('alice') },
  },
  'web.requested': {
    logsource: '  category: webserver',
    selection: '    web.decoded|contains: TODO',
    entity: 'source.address',
    requires: 'web.requested',
    sample: { name: 'TODO.access.log', attack: webSample('/TODO'), benign: webSample('/index.html') },
  },
  'cloud.called': {
    logsource: '  product: aws\n  service: cloudtrail',
    selection: '    eventSource: TODO.amazonaws.com\n    eventName: TODO',
    entity: '{kind: cloud-identity, field: userIdentity.arn}',
    requires: 'cloud.called',
    sample: { name: 'TODO.cloudtrail.json', attack: '{"Records":[]}', benign: '{"Records":[]}' },
  },
  'kubernetes.called': {
    logsource: '  product: kubernetes\n  service: audit',
    selection: '    verb: create\n    objectRef.resource: TODO',
    entity: '{kind: kubernetes-identity, field: user.username}',
    requires: 'kubernetes.called',
    sample: { name: 'TODO.kubernetes.ndjson', attack: '{}', benign: '{}' },
  },
}

const usual: Record<string, EventType> = {
  'Sensitive File Tampering': 'file.written',
  Persistence: 'file.written',
  'Unusual Logon': 'logon.attempted',
  'Suspicious Account': 'logon.attempted',
  'Unusual Network Connection': 'network.connected',
  'Malicious Network Activity': 'network.connected',
  'Web Application Threat Detection': 'web.requested',
  'Cloud threat detection': 'cloud.called',
  'K8s Abnormal Behavior': 'kubernetes.called',
}

function templateOf(type: string, event: string | undefined): Template {
  const wanted = (event ?? usual[type] ?? 'process.started') as EventType
  return (
    templates[wanted] ?? {
      logsource: `  product: rampart\n  category: ${wanted}`,
      selection: '    TODO: TODO',
      entity: 'asset.name',
      requires: wanted,
      sample: {
        name: 'TODO.ndjson',
        attack: JSON.stringify({ type: wanted }),
        benign: JSON.stringify({ type: wanted }),
      },
    }
  )
}

function ruleText(type: string, title: string, template: Template, today: string): string {
  return `title: ${/[:#'"]/.test(title) ? JSON.stringify(title) : title}
id: ${randomUUID()}
status: experimental
description: >-
  TODO what happened, exactly, in one or two sentences.
references:
  - https://attack.mitre.org/techniques/TODO/
author: Rampart
date: ${today}
tags:
  - attack.TODO-tactic
  - attack.tTODO
logsource:
${template.logsource}
detection:
  selection:
${template.selection}
  filter_known:
    process.ancestors.executable|endswith: /TODO
  condition: selection and not 1 of filter_*
falsepositives:
  - TODO which honest activity looks the same.
level: medium
rampart:
  type: ${type}
  stages: [TODO]
  entity: ${template.entity}
  requires: [${template.requires}]
  why: >-
    TODO why somebody should care, for this very act.
  blindSpots: >-
    TODO how the same goal is reached without this model seeing it.
  triage:
    - TODO what to look at first.
    - TODO what decides between attack and everyday work.
  advice:
    - TODO what to do about it.
`
}

function main(): number {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { models: { type: 'string', default: shippedModels } },
  })
  const [type, title, event] = positionals
  if (!type || !title || !alertTypes.some((one) => one === type)) {
    process.stderr.write(`usage: tools/node tools/new-model.ts "<alert type>" "<title>" [event type]\n
alert types: ${alertTypes.join(', ')}\n`)
    return 2
  }
  if (event !== undefined && !eventTypes.includes(event as EventType)) {
    process.stderr.write(`${event} is no event type: ${eventTypes.join(', ')}\n`)
    return 2
  }
  const folder = join(values.models, slugOf(type), slugOf(title))
  if (existsSync(folder)) {
    process.stderr.write(`${folder} exists already\n`)
    return 2
  }
  const today = new Date().toISOString().slice(0, 10)
  const template = templateOf(type, event)
  mkdirSync(join(folder, 'samples/attack'), { recursive: true })
  mkdirSync(join(folder, 'samples/benign'), { recursive: true })
  writeFileSync(join(folder, 'rule.yml'), ruleText(type, title, template, today))
  const { name, attack, benign } = template.sample
  const header = `# synthesised, TODO what it shows, ${today}\n`
  writeFileSync(join(folder, 'samples/attack', name), `${header}${attack}\n`)
  writeFileSync(join(folder, 'samples/benign', name), `${header}${benign}\n`)
  const slug = `${slugOf(type)}/${slugOf(title)}`
  process.stdout.write(`made models/${slug}

next:
  1. rule.yml: replace every TODO (models/README.md has the fields; docs/reference/events.md all of them)
  2. samples: rename TODO.*, write an attack and its look-alike; three attack variants make status: test
  3. tools/node tools/check-models.ts ${slug}
  4. MODEL=${slugOf(title)} tools/node --test models/models.test.ts
`)
  return 0
}

process.exitCode = main()
